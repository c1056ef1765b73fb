/** `PATCH /v1/profiles/:type/:value`: traits that a server knows of a customer. */
import * as v from 'valibot'
import type { JsonObject } from './message.ts'
import { strict } from './strict.ts'

export const traitsPatch = strict({
  /** A retry with the same one changes nothing. */
  messageId: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(100))),
  /** When they came to be true; now unless given (ISO 8601). */
  timestamp: v.optional(v.string()),
  /** null unsets a trait. */
  traits: v.custom<JsonObject>(
    (value) =>
      typeof value === 'object' &&
      value !== null &&
      !Array.isArray(value) &&
      Object.keys(value).length > 0,
    'Expected an object with at least one trait',
  ),
})

/** The arguments of analytics.js read into a message of the Segment spec. */
import type { MessageType } from '../../worker/contract/message.ts'
import type { EventOptions, Properties } from '../api.ts'
import { contextNow } from '../browser/page.ts'
import { uuid } from '../browser/uuid.ts'
import type { Visitor } from './visitor.ts'

export type Message = Properties & { readonly type: MessageType; readonly messageId: string }

/**
 * Leading ids and names may be left out; properties and options follow them.
 * (['a', { x: 1 }], 2) → [['a'], { x: 1 }, undefined]
 */
export const readArguments = (
  given: readonly unknown[],
  maxTexts: number,
): [texts: string[], properties: Properties, options: EventOptions] => {
  const rest = [...given]
  const texts: string[] = []
  const isText = (): boolean => (rest[0] == null ? texts.length === 0 : typeof rest[0] !== 'object')
  while (texts.length < maxTexts && rest.length > 0 && isText()) {
    const text = rest.shift() as string | number | null | undefined
    if (text != null) texts.push(`${text}`)
  }
  return [texts, (rest[0] ?? {}) as Properties, rest[1] ?? {}]
}

export const createMessage = (
  { anonymousId, userId, sessionId, sessionNumber }: Visitor,
  type: MessageType,
  fields: Properties,
  { context, ...options }: EventOptions,
): Message => ({
  type,
  messageId: uuid(),
  anonymousId,
  userId,
  originalTimestamp: new Date().toISOString(),
  ...fields,
  ...options,
  context: { ...contextNow(), sessionId, sessionNumber, ...context },
})

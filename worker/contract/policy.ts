/** A policy: how a placement picks. */
import * as v from 'valibot'
import { cap } from './cap.ts'
import { condition } from './condition.ts'
import { key, note, schedule, title } from './scalars.ts'

const weight = v.pipe(v.number(), v.finite(), v.minValue(0))
export const policy = v.pipe(
  v.strictObject({
    key,
    name: title,
    description: note,
    placement: key,
    /** The highest one whose audience matches and that has an action left decides. */
    priority: v.optional(v.pipe(v.number(), v.finite()), 0),
    audience: v.optional(condition),
    schedule: v.optional(schedule),
    caps: v.optional(v.pipe(v.array(cap), v.maxLength(4)), []),
    /** How many actions the placement lists at most. */
    limit: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(20)), 1),
    candidates: v.optional(
      v.pipe(
        v.array(
          v.strictObject({
            action: key,
            priority: v.optional(v.pipe(v.number(), v.finite()), 0),
          }),
        ),
        v.minLength(1),
        v.maxLength(1000),
      ),
    ),
    split: v.optional(
      v.strictObject({
        /** Changing it draws everybody anew; the policy's key unless given. */
        seed: v.optional(title),
        arms: v.pipe(
          v.array(
            v.strictObject({
              key,
              weight,
              /** null is the control arm: it sees the placement's fallback. */
              action: v.nullable(key),
            }),
          ),
          v.minLength(2),
          v.maxLength(20),
        ),
      }),
    ),
  }),
  v.check(
    (p) => (p.candidates === undefined) !== (p.split === undefined),
    'Expected either "candidates" or "split"',
  ),
)

/** A policy that learns: which goal it is for, whom it tells apart, how fast it forgets. */
import * as v from 'valibot'
import { condition, duration } from './condition.ts'
import { key } from './scalars.ts'
import { strict } from './strict.ts'

export const learned = strict({
  /** What a choice is good for; its exposures are those that the goal counts after. */
  goal: key,
  /** How often it is reached, or how much money it brings (of a goal with one currency). */
  by: v.optional(v.picklist(['rate', 'value']), 'rate'),
  /** Kinds of situation that are learned apart: the first that holds counts, and the rest are one more. */
  contexts: v.optional(v.pipe(v.array(strict({ key, when: condition })), v.maxLength(20)), []),
  /** The least share that each action keeps, however bad it looks. */
  floor: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(0.2)), 0.02),
  /** What is thought of an action before anything is known: a mean, and as many exposures as it weighs. */
  prior: v.optional(
    strict({
      /** The mean over all actions unless given. */
      mean: v.optional(v.pipe(v.number(), v.finite())),
      strength: v.optional(v.pipe(v.number(), v.minValue(0.1), v.maxValue(1e6)), 10),
    }),
    { strength: 10 },
  ),
  /** After this long an exposure weighs half; for ever whole unless given. */
  halfLife: v.optional(duration),
  /** How long an exposure may go without a reward before it counts as a failure; the goal's window unless given, a day at most. */
  patience: v.optional(duration),
  /** How long weights stay as they are: so long a person's draw stays the same. */
  refresh: v.optional(duration, '1h'),
})

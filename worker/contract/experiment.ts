/** An experiment: who takes part, its arms, and what each of them changes. */
import * as v from 'valibot'
import { condition } from './condition.ts'
import { key, named, note, perhapsNamed, schedule, share, title } from './scalars.ts'
import { strict } from './strict.ts'

const arm = strict({
  key,
  ...perhapsNamed,
  /** Arms get people in proportion; 0 gives it nobody new. */
  weight: v.pipe(v.number(), v.finite(), v.minValue(0)),
  /** Policies that are open to this arm alone. */
  policies: v.optional(v.pipe(v.array(key), v.maxLength(100)), []),
  /** Policy → what it shows in this arm instead of its own choice; null is the placement's fallback. */
  actions: v.optional(v.record(key, v.nullable(key)), {}),
})

export const experiment = strict({
  key,
  ...named,
  description: note,
  schedule: v.optional(schedule),
  /** Who it is about. */
  when: v.optional(condition),
  /** The part of them that takes part. */
  traffic: v.optional(share, 1),
  /**
   * Experiments that must not share people: each takes a stretch of 0 to 1,
   * and a person falls into one place of it.
   */
  group: v.optional(
    v.pipe(
      strict({ key, from: share, until: share }),
      v.check(({ from, until }) => from < until, 'Expected "from" below "until"'),
    ),
  ),
  /** Changing it draws everybody anew; the experiment's key unless given. */
  seed: v.optional(title),
  arms: v.pipe(v.array(arm), v.minLength(2), v.maxLength(20)),
  /** What its arms are compared by; all goals unless given. */
  goals: v.optional(v.pipe(v.array(key), v.maxLength(20))),
})

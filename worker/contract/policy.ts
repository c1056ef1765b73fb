/** A policy: how a placement picks. */
import * as v from 'valibot'
import { caps } from './cap.ts'
import { condition } from './condition.ts'
import { learned } from './learned.ts'
import {
  diversity,
  key,
  named,
  note,
  perhapsNamed,
  schedule,
  share,
  stopAfter,
  title,
} from './scalars.ts'
import { strict } from './strict.ts'

const weight = v.pipe(v.number(), v.finite(), v.minValue(0))
const priority = v.optional(v.pipe(v.number(), v.finite()), 0)

const split = strict({
  /** Changing it draws everybody anew; the policy's key unless given. */
  seed: v.optional(title),
  arms: v.pipe(
    v.array(
      strict({
        key,
        ...perhapsNamed,
        weight,
        /** null is the control arm: it sees the placement's fallback. */
        action: v.nullable(key),
      }),
    ),
    v.minLength(2),
    v.maxLength(20),
  ),
})

/** People who are shown the fallback, so that what the rest gains can be measured. */
export const holdout = strict({
  share,
  /** Changing it draws everybody anew. */
  seed: v.optional(title),
})

export const policy = v.pipe(
  strict({
    key,
    ...named,
    description: note,
    placement: key,
    /** The highest one whose audience matches and that has an action left decides. */
    priority,
    campaign: v.optional(key),
    audience: v.optional(condition),
    schedule: v.optional(schedule),
    /** `none`: also for those who refused personalization. */
    consent: v.optional(v.picklist(['personalization', 'none']), 'personalization'),
    holdout: v.optional(holdout),
    caps,
    stopAfter: v.optional(stopAfter),
    /** How many actions the placement lists at most. */
    limit: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(20)), 1),
    /** Within that list. */
    diversity,
    candidates: v.optional(
      v.pipe(v.array(strict({ action: key, priority })), v.minLength(1), v.maxLength(1000)),
    ),
    split: v.optional(split),
    /** Candidates are drawn by what came of them, instead of by priority. */
    learned: v.optional(learned),
    /** Candidates are ranked by a number that a CEL expression gives each, highest first: docs/deciding.md#formulas */
    formula: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(2000))),
  }),
  v.check(
    (p) => (p.candidates === undefined) !== (p.split === undefined),
    'Expected either "candidates" or "split"',
  ),
  v.check(
    (p) => p.learned === undefined || p.candidates !== undefined,
    'Expected "candidates" beside "learned"',
  ),
  v.check(
    (p) => p.formula === undefined || (p.candidates !== undefined && p.learned === undefined),
    'Expected "candidates" beside "formula", and no "learned"',
  ),
)

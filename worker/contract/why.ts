/** `GET /admin/v1/decisions/:decisionId/why`: one decision of the past, decided again from its log line. */
import * as v from 'valibot'
import { language } from './scalars.ts'
import type { Reason, Stop } from './reason.ts'

/**
 * `same`: decided again from the log line alone, it came out as it was told.
 * `different`: it did not, which is a fault of ours or of the log.
 * `not_replayable`: the line has not all that was read: too long, given again
 * from a reservation, or the store had not answered.
 * `not_logged`: there is no line; what is told is what the decisionId carries.
 */
export type Replayed = 'same' | 'different' | 'not_replayable' | 'not_logged'

export interface WhyAnswer {
  readonly placement: string
  /** Of the item that the decisionId is of; null where nothing of ours was shown. */
  readonly action: string | null
  /** From 0, in the placement's list. */
  readonly position: number
  /** ISO 8601, in the workspace's time zone. */
  readonly at: string
  /** Its exposures do not count any more: it is over 90 days old. */
  readonly expired: boolean
  readonly epoch: number
  readonly release: number
  /** As it was then; null for somebody of whom nothing was stored. */
  readonly profileId: string | null
  readonly policy: string | null
  readonly arm: string | null
  /** Probability with which it was drawn; 1 where nothing was. */
  readonly propensity: number
  /** Experiment or holdout → arm. */
  readonly experiments: { readonly [experiment: string]: string }
  readonly replay: Replayed
  /** As logged: all that the placement listed, and what a holdout kept away. */
  readonly shown: readonly string[]
  readonly instead: readonly string[]
  readonly reason: Reason | null
  /** What stopped the placement as a whole. */
  readonly stopped: Stop | null
  /** From the highest priority down; those that were not reached too. */
  readonly policies: readonly WhyPolicy[]
  /** Key → name, of that release and in the language asked for; arms are `<experiment>/<arm>`, `<policy>/<arm>`. */
  readonly names: { readonly [kind in NamedKind]: { readonly [key: string]: string } }
}

/** `arms` of experiments and `splitArms` of policies need no name: those without are not told. */
export type NamedKind =
  | 'placements'
  | 'policies'
  | 'actions'
  | 'segments'
  | 'experiments'
  | 'arms'
  | 'splitArms'

/** `?language=` */
export const whyLanguage = v.optional(language)

export interface WhyPolicy extends Partial<Stop> {
  readonly policy: string
  readonly passed: boolean
  readonly actions: readonly WhyAction[]
}

export interface WhyAction extends Partial<Stop> {
  readonly action: string
  readonly chosen: boolean
  /** By a formula. */
  readonly score?: number
}

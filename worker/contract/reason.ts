/** Why a placement got what it got, and why everything else did not. Secret key only. */
import type { CalendarUnit, Channel } from './cap.ts'

export type Reason =
  | { readonly kind: 'preview'; readonly policy?: string }
  | { readonly kind: 'priority'; readonly policy: string }
  | { readonly kind: 'formula'; readonly policy: string }
  /** Drawn by what was learned; `model` is the weights' version, `leaf` the situation. */
  | {
      readonly kind: 'learned'
      readonly policy: string
      readonly model: number
      readonly leaf: string
    }
  | { readonly kind: 'split'; readonly policy: string; readonly arm: string }
  | {
      readonly kind: 'experiment'
      readonly policy: string
      readonly experiment: string
      readonly arm: string
    }
  | {
      readonly kind: 'fallback'
      readonly because: FallbackCause
      readonly policy?: string
      /** When it may be otherwise (ISO 8601, in the visitor's zone). */
      readonly notBefore?: string
    }

export type FallbackCause =
  | 'stopped'
  | 'bot'
  | 'staff'
  /** The person did not agree to the channel. */
  | 'no_consent'
  | 'quiet_hours'
  /** Of the placement, its channel or everything: the person was met often enough. */
  | 'cap_reached'
  | 'no_policy_matched'
  | 'no_action_left'
  | 'holdout'
  | 'control_arm'
  /** As many placements as were asked for have something already. */
  | 'enough'
  | 'degraded'

/** The first gate that stopped a placement, a policy or an action. */
export type Gate =
  | 'stopped'
  | 'bot'
  | 'staff'
  | 'channel'
  | 'quiet_hours'
  | 'schedule'
  | 'consent'
  | 'audience'
  | 'holdout'
  /** Open to an experiment's arm alone, and the person takes no part in it. */
  | 'experiment'
  /** Open to another arm. */
  | 'arm'
  | 'eligibility'
  /** A cap on `served` holds it, and nobody is there to count it for. */
  | 'unidentified'
  /** There were only so many, over everybody. */
  | 'stock'
  | 'cap'
  | 'converted'
  | 'excluded'
  | 'diversity'
  /** Its policy's formula failed on it; `detail` says how. */
  | 'formula'
  | 'not_drawn'
  | 'outranked'
  | 'enough'

export interface Stop {
  readonly stoppedBy: Gate
  readonly detail?: string
  /** When that gate opens by itself, where it is known (ISO 8601). */
  readonly notBefore?: string
  /** The cap that is reached. */
  readonly cap?: CapView
}

export interface CapView {
  readonly of: 'served' | 'impression' | 'click' | 'dismiss' | 'conversion'
  /** Whose cap it is. */
  readonly subject: string
  readonly key: string
  readonly max: number
  readonly per: 'lifetime' | 'session' | CalendarUnit | { readonly ms: number }
}

export interface Explanation {
  /** The four kinds of relevance, of what was chosen or the fallback. */
  readonly relevance: {
    /** The policy whose audience the person is in. */
    readonly who: string | null
    readonly what: readonly string[]
    readonly where: { readonly placement: string; readonly channel: Channel }
    readonly when: 'now' | { readonly notBefore: string } | 'never'
  }
  /** What stopped the placement as a whole. */
  readonly placement?: Stop
  readonly policies: readonly PolicyAccount[]
  /** Every segment, true or false. */
  readonly segments: { readonly [segment: string]: boolean }
}

export interface PolicyAccount extends Partial<Stop> {
  readonly policy: string
  readonly passed: boolean
  /** For an audience that did not hold: the condition with the values seen. */
  readonly audience?: ConditionTrace
  readonly actions: readonly ActionAccount[]
}

export interface ActionAccount extends Partial<Stop> {
  readonly action: string
  readonly chosen: boolean
  /** By a formula. */
  readonly score?: number
}

/** A condition's answer, down to the leaf. */
export interface ConditionTrace {
  readonly condition: string
  readonly holds: boolean
  readonly seen?: unknown
  readonly parts?: readonly ConditionTrace[]
}

/** What a placement goes by, compiled once per release. */
import type { CalendarUnit, Channel } from '../../contract/cap.ts'

import type { Content } from '../../contract/decide.ts'
import type { Calendar } from '../calendar/calendar.ts'
import type { CompiledCondition } from '../condition/compile.ts'
import type { Formula, FormulaSubject } from './formula-port.ts'
import type { ExposureKind } from '../profile/counting.ts'
import type { Stock } from './stock.ts'

export type CapWindow =
  | { readonly kind: 'rolling'; readonly ms: number }
  | { readonly kind: 'calendar'; readonly unit: CalendarUnit }
  | { readonly kind: 'session' }
  | { readonly kind: 'ever' }

/** Whose cap it is: what was met too often. */
export type CapSubject =
  | 'action'
  | 'tag'
  | 'campaign'
  | 'policy'
  | 'placement'
  | 'channel'
  | 'everything'

export interface CompiledCap {
  /** A conversion is an event after which there is nothing to offer any more. */
  readonly of: ExposureKind | 'conversion'
  readonly subject: CapSubject
  /** Key of the subject. */
  readonly key: string
  /** What is counted, in words: "impression:action:hero-knit". */
  readonly name: string
  /** The id it is counted under. */
  readonly counter: string
  readonly max: number
  readonly window: CapWindow
}

export interface Schedule {
  readonly fromMs: number
  readonly untilMs: number
}

export interface CompiledAction {
  readonly key: string
  readonly tags: readonly string[]
  readonly content: Content
  /** Language → content, where it differs. */
  readonly translations: ReadonlyMap<string, Content>
  readonly schedule: Schedule
  readonly when: CompiledCondition | null
  /** May be shown to who refused personalization; null leaves it to the policy. */
  readonly needsConsent: boolean | null
  /** null where there is enough for everybody. */
  readonly stock: Stock | null
  /** Its own, its tags' and its campaign's. */
  readonly caps: readonly CompiledCap[]
  readonly adds: Adds
}

/** What showing something adds to. */
export interface Adds {
  /** Counters of `served` and of impressions. */
  readonly counters: readonly string[]
  /** Whether some cap counts it as served, so that it must be reserved. */
  readonly served: boolean
}

/**
 * A lot that a person draws once. Experiments are such, and so are holdouts,
 * whose arms are "held" and "open", and the split of a single policy.
 */
export interface CompiledExperiment {
  readonly key: string
  /** What its arm is recorded under; null where nothing is recorded: the hash alone keeps it. */
  readonly id: string | null
  readonly seed: string
  readonly schedule: Schedule
  /** Who takes part; null is everybody. */
  readonly when: CompiledCondition | null
  /** The part of them that does, as a share of one. */
  readonly traffic: number
  /** Experiments of one group share nobody as long as their ranges do not overlap. */
  readonly group: { readonly seed: string; readonly from: number; readonly until: number } | null
  readonly arms: readonly CompiledArm[]
}

export interface CompiledArm {
  readonly key: string
  /** What it is recorded as. */
  readonly id: string
  /** Its weight as a share of one. */
  readonly share: number
}

/** What an experiment changes about a policy. */
export interface Variation {
  readonly experiment: CompiledExperiment
  /** Arms to which alone the policy is open; null is everybody. */
  readonly openTo: ReadonlySet<string> | null
  /** Arm → the action instead of the policy's own choice; null is the placement's fallback. */
  readonly actions: ReadonlyMap<string, CompiledAction | null>
}

/** At most so many of one tag; of each tag where none is named. */
export interface TagLimit {
  readonly tag: string | null
  readonly max: number
}

export interface CompiledPolicy {
  readonly key: string
  readonly audience: CompiledCondition | null
  readonly schedule: Schedule
  readonly needsConsent: boolean
  /** Whether all its actions need consent: then the policy is shut as a whole. */
  readonly allNeedConsent: boolean
  readonly holdout: CompiledExperiment | null
  readonly variation: Variation | null
  /** Its own and its campaign's. */
  readonly caps: readonly CompiledCap[]
  readonly adds: Adds
  readonly limit: number
  readonly diversity: readonly TagLimit[]
  readonly ranking: Ranking
  /** Highest priority first; none where a split has them all. */
  readonly candidates: readonly CompiledAction[]
}

/** What puts the candidates in order. */
export type Ranking = { readonly by: 'priority' } | FormulaRanking | LearnedRanking

export interface FormulaRanking {
  readonly by: 'formula'
  readonly formula: Formula
  /** What the formula calls `action`, of each candidate. */
  readonly subjects: ReadonlyMap<CompiledAction, FormulaSubject>
}

export interface LearnedRanking {
  readonly by: 'learned'
  /** The first that holds is the situation. */
  readonly contexts: readonly { readonly key: string; readonly condition: CompiledCondition }[]
}

/** What holds for every placement. */
export interface House {
  /** Index of the segment of those who work here. */
  readonly staffSegment: number | null
  readonly holdout: CompiledExperiment | null
  /** Over all placements of one request. */
  readonly diversity: readonly TagLimit[]
  /** The workspace's. */
  readonly calendar: Calendar
  /** How many events a profile holds at most. */
  readonly remembered: number
  /** The part of questions whose decisions are logged, as a share of one. */
  readonly logged: number
}

export interface QuietHours {
  /** Minutes after midnight; an end before the beginning is on the next day. */
  readonly fromMinute: number
  readonly untilMinute: number
}

/** What a placement is to an OpenFeature client. */
export type CompiledFlag =
  | { readonly type: 'object' | 'list' }
  | { readonly type: 'string' | 'number' | 'boolean'; readonly field: string }

export interface CompiledPlacement {
  readonly key: string
  /** null where it is no flag. */
  readonly flag: CompiledFlag | null
  readonly channel: Channel
  /** The channel comes to the person: what is not to be sent has no fallback. */
  readonly sends: boolean
  /** The purpose a person must have agreed to before anything is sent; null where none is needed. */
  readonly consentPurpose: string | null
  readonly quietHours: QuietHours | null
  /** Its own, its channel's and those over everything. */
  readonly caps: readonly CompiledCap[]
  readonly adds: Adds
  /** Something here is capped by how often it is served: deciding may take a commit. */
  readonly reserves: boolean
  /** Of all its actions that have one. */
  readonly stocks: readonly Stock[]
  readonly fallback: CompiledAction | null
  /** Everything that it can show, by key. */
  readonly actions: ReadonlyMap<string, CompiledAction>
  /** Highest priority first. */
  readonly policies: readonly CompiledPolicy[]
}

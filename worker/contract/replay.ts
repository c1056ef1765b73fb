/** `/admin/v1/replay`: what a run is asked, and what it tells of itself. */
import * as v from 'valibot'
import { strict } from './strict.ts'

const instant = v.pipe(
  v.string(),
  v.isoTimestamp('Expected a moment such as 2026-11-22T09:00:00Z'),
  v.check((text) => !Number.isNaN(Date.parse(text)), 'Expected a moment that there is'),
)

export const replayWish = v.pipe(
  strict({
    /** Write what differs to the store; otherwise it is only told. */
    apply: v.optional(v.boolean(), false),
    /** Only people who have a record that arrived at or after it … */
    from: v.nullish(instant),
    /** … and before it. */
    to: v.nullish(instant),
  }),
  v.forward(
    v.check(
      ({ from, to }) => from == null || to == null || Date.parse(from) < Date.parse(to),
      'Expected a moment after "from"',
    ),
    ['to'],
  ),
)

export interface ReplayAnswer {
  /** Runs are numbered from 1. */
  readonly number: number
  readonly state: 'running' | 'done' | 'abandoned'
  /** In this order: sweep, fold, settle, recent, survey, tidy. */
  readonly phase: 'sweep' | 'fold' | 'settle' | 'recent' | 'survey' | 'tidy'
  readonly apply: boolean
  /** ISO 8601; null where it is unbounded. */
  readonly from: string | null
  readonly to: string | null
  /** By whose rules it folds. */
  readonly release: number
  readonly startedAt: string
  readonly updatedAt: string
  readonly files: Progress
  readonly rows: Progress
  readonly people: Progress
  /** Rows that stand for something that could not be read when it was filed. */
  readonly unreadable: number
  readonly different: {
    readonly people: number
    /** How many people differ in each section. */
    readonly sections: { readonly [section: string]: number }
    readonly first: readonly { readonly profileId: string; readonly sections: readonly string[] }[]
  }
  /** People written to the store: those who differ and those who had to change with them. */
  readonly written: number
  /** In the store, and named by no record. */
  readonly unlogged: { readonly people: number; readonly first: readonly string[] }
  /** `drain`: the outbox holds too much that is in no file; the next drain helps. */
  readonly waitsFor: 'drain' | null
}

interface Progress {
  readonly done: number
  readonly total: number
}

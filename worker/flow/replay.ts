/**
 * replay: people rebuilt from the files, in bounded pieces that whoever drives
 * it asks for one after the other. A run may be left at any moment and goes on
 * where it was. Order and reasons: docs/replay.md
 */
import { fail, ok, type Result } from '../core/result.ts'
import type { Releases } from './ports.ts'
import { Driver, type DrivePorts, type Replayed, type ReplayLimits } from './replay-drive.ts'
import { UnknownRecordError } from './replay-people.ts'
import {
  BrokenFileError,
  type ReplayCounts,
  type ReplayRun,
  type ReplayWish,
} from './replay-ports.ts'

export interface ReplayPorts extends DrivePorts {
  readonly releases: Releases
}

const LIMITS: ReplayLimits = { budgetMs: 2_000, rows: 1_000, people: 100, page: 50, clear: 1_000 }

export interface ReplayError {
  /**
   * `replay_running`: another one, with another wish. `replay_outdated`: a
   * release was published since it began, so it folds by rules that no longer
   * hold. `replay_stuck`: something that is in its way must be mended first.
   */
  readonly code:
    | 'not_found'
    | 'no_release'
    | 'replay_running'
    | 'replay_outdated'
    | 'replay_stuck'
    | 'store_busy'
  readonly detail?: string
}

/** The newest run; null before the first. */
export const currentReplay = (ports: Pick<ReplayPorts, 'replays'>): Promise<ReplayRun | null> =>
  ports.replays.latest()

/** Begins a run, or finds the one that is running, if it is the one that is wanted. */
export async function beginReplay(
  { replays, filed, tails, releases, nowMs }: ReplayPorts,
  wish: ReplayWish,
): Promise<Result<{ readonly run: ReplayRun; readonly resumed: boolean }, ReplayError>> {
  const release = await releases.current()
  if (release === null) return fail({ code: 'no_release' })
  let standing = await replays.latest()
  if (standing?.state === 'running' && standing.release !== release.number) {
    await replays.move(standing, { ...standing, state: 'abandoned' }, [], nowMs())
    standing = null
  }
  if (standing?.state !== 'running') {
    const totals = await filed.totals()
    const shards = [...new Set([...totals, ...tails].map(({ shard }) => shard))]
    const cursor = {
      shards: Object.fromEntries(shards.map((shard) => [shard, { afterSeq: 0, row: 0 }])),
      page: null,
    }
    const counts = {
      ...NO_COUNTS,
      filesTotal: totals.reduce((sum, { files }) => sum + files, 0),
      rowsTotal: totals.reduce((sum, { rows }) => sum + rows, 0),
    }
    const run = await replays.begin(wish, release.number, cursor, counts, nowMs())
    if (run !== null) return ok({ run, resumed: false })
    standing = await replays.latest()
  }
  if (standing?.state !== 'running') return fail({ code: 'store_busy' })
  return sameWish(standing, wish)
    ? ok({ run: standing, resumed: true })
    : fail({ code: 'replay_running', detail: told(standing) })
}

const NO_COUNTS: ReplayCounts = {
  filesDone: 0,
  filesTotal: 0,
  rowsDone: 0,
  rowsTotal: 0,
  unreadable: 0,
  peopleDone: 0,
  peopleTotal: 0,
  different: 0,
  sections: {},
  firstDifferent: [],
  written: 0,
  unlogged: 0,
  firstUnlogged: [],
}

const sameWish = (a: ReplayWish, b: ReplayWish): boolean =>
  a.apply === b.apply && a.fromMs === b.fromMs && a.toMs === b.toMs

function told({ number, apply, fromMs, toMs, startedMs }: ReplayRun): string {
  const at = (ms: number): string => new Date(ms).toISOString()
  const span = [
    fromMs === null ? '' : ` from ${at(fromMs)}`,
    toMs === null ? '' : ` to ${at(toMs)}`,
  ].join('')
  return `run ${number}, ${apply ? 'applying' : 'comparing'}${span}, began at ${at(startedMs)} and is not at its end: go on with it as it was begun, or abandon it`
}

/** Ends the run that is running; what it rebuilt is removed by the next. */
export async function abandonReplay({
  replays,
  nowMs,
}: Pick<ReplayPorts, 'replays' | 'nowMs'>): Promise<Result<ReplayRun, ReplayError>> {
  // Somebody may be at a piece of it just now.
  for (let tries = 0; tries < 5; tries++) {
    const run = await replays.latest()
    if (run?.state !== 'running') return fail({ code: 'not_found', detail: 'no replay is running' })
    const ended = await replays.move(run, { ...run, state: 'abandoned' }, [], nowMs())
    if (ended !== null) return ok(ended)
  }
  return fail({ code: 'store_busy' })
}

/** As many pieces as the budget has room for; at least one. */
export async function stepReplay(
  ports: ReplayPorts,
  over: Partial<ReplayLimits> = {},
): Promise<Result<Replayed, ReplayError>> {
  const limits = { ...LIMITS, ...over }
  const run = await ports.replays.latest()
  if (run === null) return fail({ code: 'not_found', detail: 'no replay is running' })
  // Whoever lost the answer to the last step asks once more.
  if (run.state !== 'running') return ok({ run, waitsFor: null })
  const release = await ports.releases.current()
  if (release === null) return fail({ code: 'no_release' })
  if (release.number !== run.release) {
    return fail({
      code: 'replay_outdated',
      detail: `it folds by release ${run.release}, and ${release.number} is active: begin again`,
    })
  }
  try {
    const driven = await new Driver(ports, limits, release.rules, run).drive()
    return driven.ok ? driven : fail({ code: driven.error })
  } catch (error) {
    if (error instanceof BrokenFileError || error instanceof UnknownRecordError) {
      return fail({ code: 'replay_stuck', detail: error.message })
    }
    throw error
  }
}

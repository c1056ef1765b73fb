/** A piece of the files, folded into the people whom a run rebuilds. */
import { profilesNamed, type RebuildRules } from '../core/replay/rebuild.ts'
import type { LoggedRecord, ReplayRun, ReplayWish, Replays } from './replay-ports.ts'
import { foldOn, loadShadows } from './replay-people.ts'
import type { LogStream } from './replay-stream.ts'

export interface PieceLimits {
  readonly rows: number
  /** Documents in hand at once: 64 KiB each at most. */
  readonly people: number
}

/**
 * Takes rows until a limit, and writes what they make of people and how far it
 * came in one step. null: somebody else did a piece meanwhile, and the stream
 * is not to be used again. Throws BrokenFileError and UnknownRecordError.
 */
export async function foldPiece(
  replays: Replays,
  run: ReplayRun,
  stream: LogStream,
  rules: RebuildRules,
  limits: PieceLimits,
  nowMs: number,
): Promise<{ readonly run: ReplayRun; readonly rows: number } | null> {
  const filesBefore = stream.filesDone
  const { rows, named } = await takeRows(stream, limits)
  if (rows.length === 0) return { run, rows: 0 }
  const records = rows.flatMap(({ record }) => record ?? [])
  const chosen = new Set(rows.filter((row) => isAsked(row, run)).flatMap(namedBy))
  const shadows = await loadShadows(replays, run, named)
  const changed = foldOn(shadows, records, rules, chosen, run.phase !== 'fold')
  const { counts } = run
  const filesDone = counts.filesDone + stream.filesDone - filesBefore
  const rowsDone = counts.rowsDone + rows.length
  const moved = await replays.move(
    run,
    {
      ...run,
      cursor: { ...run.cursor, shards: stream.cursors },
      counts: {
        ...counts,
        filesDone,
        rowsDone,
        // More is filed while it runs.
        filesTotal: Math.max(counts.filesTotal, filesDone),
        rowsTotal: Math.max(counts.rowsTotal, rowsDone),
        unreadable: counts.unreadable + rows.length - records.length,
      },
    },
    changed,
    nowMs,
  )
  return moved === null ? null : { run: moved, rows: rows.length }
}

async function takeRows(
  stream: LogStream,
  limits: PieceLimits,
): Promise<{ rows: readonly LoggedRecord[]; named: ReadonlySet<string> }> {
  const rows: LoggedRecord[] = []
  const named = new Set<string>()
  while (rows.length < limits.rows) {
    const row = await stream.head()
    if (row === null) break
    const more = namedBy(row).filter((id) => !named.has(id))
    if (rows.length > 0 && named.size + more.length > limits.people) break
    for (const id of more) named.add(id)
    rows.push(row)
    stream.take()
  }
  return { rows, named }
}

export const namedBy = ({ record }: LoggedRecord): readonly string[] =>
  record === null ? [] : profilesNamed(record)

export const isAsked = ({ receivedMs }: LoggedRecord, { fromMs, toMs }: ReplayWish): boolean =>
  receivedMs >= (fromMs ?? -Infinity) && receivedMs < (toMs ?? Infinity)

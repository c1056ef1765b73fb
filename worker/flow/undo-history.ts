/**
 * What the log says of people since they were merged: the files from that hour
 * on, then the rest of the outbox. Bounded at each call, and what was read so
 * far is handed on, so that a year of files is only many calls.
 */
import type { EventRecord } from '../core/record.ts'
import { recordKey } from '../core/identity/identity-map.ts'
import { trail } from '../core/undo/history.ts'
import type { FiledLog, RecordFiles, ReplayCursor } from './replay-ports.ts'
import { LogStream } from './replay-stream.ts'

export interface HistoryPorts {
  readonly filed: FiledLog
  readonly files: RecordFiles
  nowMs(): number
}

/** How far somebody's history is read. Plain data: it may leave the worker, sealed. */
export interface Reading {
  readonly absorbed: string
  /** From when on; earlier than the merge where an earlier one was undone since. */
  readonly fromMs: number
  /** Whom to follow from the beginning. */
  readonly begin: readonly string[]
  /** Everybody who turned out to be joined with them. */
  readonly ids: readonly string[]
  readonly records: readonly EventRecord[]
  readonly shards: ReplayCursor['shards']
  readonly files: { readonly done: number; readonly total: number }
}

export interface HistoryLimits {
  /** After it no further row is read. */
  readonly budgetMs: number
  /** At one call. */
  readonly rows: number
  /** Of these people, in all: what is held in memory, and moved in one record. */
  readonly records: number
  readonly characters: number
}

export async function beginReading(
  { filed }: HistoryPorts,
  shards: readonly string[],
  { absorbed, fromMs, begin }: Pick<Reading, 'absorbed' | 'fromMs' | 'begin'>,
): Promise<Reading> {
  const starts = await Promise.all(
    shards.map(async (shard) => [shard, await filed.from(shard, fromMs)] as const),
  )
  return {
    absorbed,
    fromMs,
    begin,
    ids: begin,
    records: [],
    shards: Object.fromEntries(
      starts.map(([shard, { afterSeq }]) => [shard, { afterSeq, row: 0 }]),
    ),
    files: { done: 0, total: starts.reduce((sum, [, { files }]) => sum + files, 0) },
  }
}

/** `whole`: nothing more is filed. `too_large`: they have more records than can be held. */
export type ReadOutcome = 'whole' | 'more' | 'too_large'

/** Throws BrokenFileError. */
export async function readOn(
  ports: HistoryPorts,
  reading: Reading,
  limits: HistoryLimits,
): Promise<{ readonly reading: Reading; readonly outcome: ReadOutcome }> {
  const stream = new LogStream(ports, reading.shards)
  const untilMs = ports.nowMs() + limits.budgetMs
  const found: EventRecord[] = []
  const { follow, ids } = trail(reading.ids)
  let outcome: ReadOutcome = 'more'
  for (let rows = 0; rows < limits.rows; rows++) {
    // The clock is asked now and then: it costs more than a row.
    if (rows % 1_000 === 999 && ports.nowMs() >= untilMs) break
    const row = await stream.head()
    if (row === null) {
      outcome = 'whole'
      break
    }
    const { record } = row
    // Decisions change nobody, and there are many.
    if (record !== null && record.type !== '$decision' && follow(record)) found.push(record)
    stream.take()
  }
  const done = reading.files.done + stream.filesDone
  const records = distinct([...reading.records, ...found])
  return {
    reading: {
      ...reading,
      ids: [...ids],
      records,
      shards: stream.cursors,
      files: { done, total: Math.max(done, reading.files.total) },
    },
    outcome: isTooLarge(records, limits) ? 'too_large' : outcome,
  }
}

/** What was filed twice, as after a restore of the database, counts once. */
export function distinct(records: readonly EventRecord[]): EventRecord[] {
  return [...new Map(records.map((record) => [recordKey(record), record])).values()]
}

function isTooLarge(records: readonly EventRecord[], limits: HistoryLimits): boolean {
  if (records.length > limits.records) return true
  let characters = 0
  for (const record of records) characters += JSON.stringify(record).length
  return characters > limits.characters
}

/**
 * The log of decisions that need no commit of their own. Lines are gathered
 * over the requests of an isolate and written behind their answers, many in
 * one row: a decision stays one trip, and what an isolate holds when it dies
 * is lost (what was reserved is in its own commit and never is).
 */
import { isHeavier, jsonText } from '../core/json-text.ts'
import type { EventRecord } from '../core/record.ts'
import { StoreError, type Ids, type OutboxGate, type ProfileStore, type Timer } from './ports.ts'

export interface DecisionLog {
  /** Written soon, and perhaps not at all. */
  add(records: readonly EventRecord[]): void
  /** Written at once, or lost. */
  write(records: readonly EventRecord[]): Promise<void>
}

/** What outlives a request. */
export interface LogCell {
  waiting: EventRecord[]
  /** In those that wait. */
  decisions: number
  /** null where nobody is going to write them. */
  writingSinceMs: number | null
  /** null where nobody writes what fills a row. */
  fullSinceMs: number | null
  /** Records, since the last that was told of. */
  lost: number
}
export const emptyLog = (): LogCell => ({
  waiting: [],
  decisions: 0,
  writingSinceMs: null,
  fullSinceMs: null,
  lost: 0,
})

export interface DecisionLogPorts {
  readonly store: Pick<ProfileStore, 'commit'>
  readonly ids: Pick<Ids, 'commitId'>
  readonly timer: Pick<Timer, 'pause'>
  readonly outboxGate?: OutboxGate
  readonly nowMs: () => number
  /** Lets work go on after the answer. */
  readonly background: (work: Promise<unknown>) => void
  readonly log: (line: Readonly<Record<string, unknown>>) => void
}

/** Decisions of 8 KB at most, mostly of 150 bytes; a Worker has 128 MB for everything. */
const MOST_WAITING = 5_000
/** Of one row: the trip costs as much as what a hundred lines weigh. */
const MOST_TOGETHER = 400
/** A value of D1 holds four times as many; Upstash may take a megabyte a request, quotes escaped. */
const MOST_BYTES = 500_000
/** The platform ends what goes on for longer behind an answer, and tells nobody. */
const GIVEN_UP_MS = 30_000

function* parts(records: readonly EventRecord[]): Generator<readonly EventRecord[]> {
  for (let i = 0; i < records.length; i += MOST_TOGETHER) yield records.slice(i, i + MOST_TOGETHER)
}

const decisionsIn = (records: readonly EventRecord[]): number => {
  let sum = 0
  for (const { properties } of records) {
    const decisions = properties?.['decisions']
    sum += Array.isArray(decisions) ? decisions.length : 1
  }
  return sum
}

/** @param gatherMs how long lines wait for others */
export function decisionLog(cell: LogCell, ports: DecisionLogPorts, gatherMs: number): DecisionLog {
  const { store, ids, timer, outboxGate, nowMs, background, log } = ports

  const write = async (records: readonly EventRecord[]): Promise<void> => {
    if (records.length > 1 && isHeavier([jsonText(records)], MOST_BYTES)) {
      const middle = Math.ceil(records.length / 2)
      await write(records.slice(0, middle))
      await write(records.slice(middle))
      return
    }
    try {
      const receivedAtMs = nowMs()
      const commit = { id: ids.commitId(), receivedAtMs, profiles: [], identifiers: [], records }
      await store.commit(commit)
    } catch (error) {
      if (!(error instanceof StoreError)) throw error
      // Once more might be twice; a decision is not worth waiting for a store in trouble.
      cell.lost += records.length
    }
  }
  const tellLost = (): void => {
    if (cell.lost > 0) log({ level: 'warning', job: 'decisions', lost: cell.lost })
    cell.lost = 0
  }
  const writeWaiting = async (least: number): Promise<void> => {
    while (cell.waiting.length >= least) {
      const records = cell.waiting.splice(0, MOST_TOGETHER)
      cell.decisions -= decisionsIn(records)
      await write(records)
    }
  }
  const writeAll = async (): Promise<void> => {
    if (gatherMs > 0) await timer.pause(gatherMs)
    try {
      await writeWaiting(1)
    } finally {
      cell.writingSinceMs = null
    }
    tellLost()
  }
  /** Before there are too many of them to hold until the others are written. */
  const writeFull = async (): Promise<void> => {
    try {
      await writeWaiting(MOST_TOGETHER)
    } finally {
      cell.fullSinceMs = null
    }
    tellLost()
  }
  const isGoingOn = (sinceMs: number | null): boolean =>
    sinceMs !== null && nowMs() - sinceMs < GIVEN_UP_MS

  return {
    async write(records) {
      if (records.length === 0) return
      if (outboxGate?.isFull() === true) cell.lost += records.length
      else for (const part of parts(records)) await write(part)
      tellLost()
    },
    add(records) {
      if (records.length === 0) return
      const decisions = decisionsIn(records)
      const isFull = cell.decisions + decisions > MOST_WAITING
      if (isFull || outboxGate?.isFull() === true) {
        cell.lost += records.length
        return
      }
      cell.waiting.push(...records)
      cell.decisions += decisions
      if (cell.waiting.length >= MOST_TOGETHER && !isGoingOn(cell.fullSinceMs)) {
        cell.fullSinceMs = nowMs()
        background(writeFull())
      }
      if (isGoingOn(cell.writingSinceMs)) return
      cell.writingSinceMs = nowMs()
      background(writeAll())
    },
  }
}

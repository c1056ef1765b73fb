/** Lines are gathered over requests, written behind them, and never in the way. */
import { describe, expect, it } from 'vitest'
import type { EventRecord } from '../../worker/core/record.ts'
import {
  decisionLog,
  emptyLog,
  type DecisionLogPorts,
  type LogCell,
} from '../../worker/flow/decision-log.ts'
import { StoreError, type Commit } from '../../worker/flow/ports.ts'

const line = (n: number): EventRecord => ({
  type: '$decision',
  messageId: `$decision:${n}`,
  source: 's',
  profileId: null,
  epoch: 1,
  timestampMs: 0,
  receivedAtMs: 0,
  originalTimestampMs: null,
  sentAtMs: null,
})
const lines = (count: number, from = 0) => Array.from({ length: count }, (_, i) => line(from + i))

function house(over: Partial<DecisionLogPorts> = {}, cell: LogCell = emptyLog()) {
  const commits: Commit[] = []
  const told: Readonly<Record<string, unknown>>[] = []
  const work: Promise<unknown>[] = []
  const waiting: (() => void)[] = []
  const clock = { nowMs: 1_000 }
  const ports: DecisionLogPorts = {
    store: {
      commit: async (commit) => {
        commits.push(commit)
        return { done: true }
      },
    },
    ids: { commitId: () => `c${commits.length}` },
    timer: { pause: () => new Promise((resolve) => void waiting.push(resolve)) },
    nowMs: () => clock.nowMs,
    background: (one) => work.push(one),
    log: (one) => told.push(one),
    ...over,
  }
  return {
    log: decisionLog(cell, ports, 250),
    cell,
    clock,
    commits,
    told,
    work,
    pass: async () => {
      for (const resolve of waiting.splice(0)) resolve()
      await Promise.all(work)
    },
  }
}

describe('the decision log', () => {
  it('writes what many requests said in one row', async () => {
    const { log, commits, pass, work } = house()
    for (let i = 0; i < 40; i++) log.add([line(i)])
    expect(commits).toEqual([])
    expect(work).toHaveLength(1)
    await pass()
    expect(commits).toHaveLength(1)
    expect(commits[0]).toMatchObject({ profiles: [], identifiers: [] })
    expect(commits[0]?.records).toHaveLength(40)
  })

  it('writes at most four hundred lines in a row', async () => {
    const { log, commits, pass } = house()
    log.add(lines(1_000))
    await pass()
    expect(commits.map(({ records }) => records.length)).toEqual([400, 400, 200])
  })

  it('writes at most half a million bytes in a row', async () => {
    const { log, commits, pass } = house()
    const heavy = lines(400).map((one) => ({ ...one, properties: { leaf: '糸'.repeat(1_500) } }))
    log.add(heavy)
    await pass()
    expect(commits.map(({ records }) => records.length)).toEqual([100, 100, 100, 100])
    expect(commits.flatMap(({ records }) => records)).toEqual(heavy)
  })

  it('writes what fills a row at once, however long it gathers', async () => {
    const { log, commits, work } = house()
    for (let i = 0; i < 399; i++) log.add([line(i)])
    expect(commits).toEqual([])
    log.add([line(399)])
    log.add([line(400)])
    await work.at(-1)
    expect(commits.map(({ records }) => records.length)).toEqual([400])
  })

  it('loses none of ten thousand questions a second where the store keeps up', async () => {
    const { log, commits, pass, told } = house()
    for (let i = 0; i < 10_000; i++) {
      log.add([line(i)])
      if (i % 100 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    await pass()
    expect(commits.flatMap(({ records }) => records)).toEqual(lines(10_000))
    expect(told).toEqual([])
  })

  it('drops what is too much to hold, by decisions, and says how many', async () => {
    let open = (): void => undefined
    const shut = new Promise<void>((resolve) => void (open = resolve))
    const commits: Commit[] = []
    const store = {
      commit: async (commit: Commit) => {
        await shut
        commits.push(commit)
        return { done: true } as const
      },
    }
    const { log, pass, told, cell } = house({ store })
    const decisions = Array.from({ length: 10 }, () => ({ placement: 'hero' }))
    const large = lines(2_000).map((one) => ({ ...one, properties: { question: 'q:', decisions } }))
    for (const one of large) log.add([one])
    // Four hundred are on their way, and five hundred of ten each wait.
    expect([cell.waiting.length, cell.decisions, cell.lost]).toEqual([500, 5_000, 1_100])
    open()
    await pass()
    expect(commits.flatMap(({ records }) => records)).toEqual(large.slice(0, 900))
    expect(told).toEqual([{ level: 'warning', job: 'decisions', lost: 1_100 }])
    expect(cell).toEqual(emptyLog())
  })

  it('loses lines rather than writing them twice where the store fails', async () => {
    const store = { commit: async () => Promise.reject(new StoreError('down')) }
    const { log, pass, told, cell } = house({ store })
    log.add(lines(3))
    await pass()
    expect(told).toEqual([{ level: 'warning', job: 'decisions', lost: 3 }])
    expect(cell).toEqual(emptyLog())
  })

  it('writes nothing where the outbox is full', async () => {
    const { log, work, cell } = house({ outboxGate: { isFull: () => true } })
    log.add(lines(3))
    expect(work).toEqual([])
    expect(cell.lost).toBe(3)
  })

  it.each([
    ['the store fails', { store: { commit: async () => Promise.reject(new StoreError('down')) } }],
    ['the outbox is full', { outboxGate: { isFull: () => true } }],
  ])('tells at once of what was lost where %s', async (_, over) => {
    const { log, told, cell } = house(over)
    await log.write(lines(450))
    expect(told).toEqual([{ level: 'warning', job: 'decisions', lost: 450 }])
    expect(cell).toEqual(emptyLog())
  })

  it('is taken over by another request where the platform ended the one that was to write', async () => {
    const { log, work, clock, commits, pass } = house({}, { ...emptyLog(), writingSinceMs: 1_000 })
    log.add([line(1)])
    expect(work).toEqual([])
    clock.nowMs += 30_000
    log.add([line(2)])
    await pass()
    expect(commits.flatMap(({ records }) => records)).toHaveLength(2)
  })
})

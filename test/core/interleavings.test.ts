/**
 * Caps on what is served, and stocks, under any interleaving: fast-check decides
 * whose trip to the store goes on next. The store is the smallest that keeps the
 * contract of worker/flow/ports.ts; the real ones have theirs in test/store and
 * are asked at once by twenty in test/worker/served.test.ts.
 */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Identifier } from '../../worker/core/identity/identifier.ts'
import { identifierKey } from '../../worker/core/identity/identifier.ts'
import type { LoadedProfile } from '../../worker/core/ingest/delivery.ts'
import type { EventRecord } from '../../worker/core/record.ts'
import { decide, type DecidePorts } from '../../worker/flow/decide.ts'
import type { Commit, CommitResult, ProfileStore, Stocks } from '../../worker/flow/ports.ts'
import { StoreError } from '../../worker/flow/ports.ts'
import { releaseOf } from './deciding.ts'
import { TEETH } from './teeth.ts'

const CAP = 2
const STOCK = 3

const release = releaseOf({
  placements: [
    { key: 'hero', name: 'Hero', fields: {}, fallback: 'plain' },
    { key: 'rare', name: 'Rare', fields: {}, fallback: 'plain' },
  ],
  tags: [{ key: 'gift', name: 'Gift', caps: [{ of: 'served', max: CAP, per: 'lifetime' }] }],
  actions: [
    { key: 'plain', name: 'Plain', content: {} },
    { key: 'one', name: 'One', content: {}, tags: ['gift'] },
    { key: 'two', name: 'Two', content: {}, tags: ['gift'] },
    { key: 'few', name: 'Few', content: {}, stock: STOCK },
  ],
  policies: [
    { key: 'gifts', limit: 2, candidates: [{ action: 'one' }, { action: 'two' }] },
    { key: 'rares', placement: 'rare', candidates: [{ action: 'few' }] },
  ],
})

interface Rules {
  /** A commit is refused where somebody else was first. */
  readonly versions: boolean
  /** It is refused where too little is left. */
  readonly stocks: boolean
}

class Room {
  readonly #profiles = new Map<string, LoadedProfile>()
  readonly #owners = new Map<string, string>()
  readonly #taken = new Map<string, number>()
  readonly #done = new Set<string>()
  readonly records: EventRecord[] = []
  readonly #rules: Rules

  constructor(rules: Rules) {
    this.#rules = rules
  }

  load(identifiers: readonly Identifier[]): LoadedProfile[] {
    const ids = identifiers.flatMap((one) => this.#owners.get(identifierKey(one)) ?? [])
    return [...new Set(ids)].map((id) => structuredClone(this.#profiles.get(id)!))
  }

  commit(commit: Commit): CommitResult {
    const { id, profiles, identifiers, records, stock = [] } = commit
    if (this.#done.has(id)) return { done: true }
    const stale =
      profiles.some(
        ({ profile, expect }) => (this.#profiles.get(profile.id)?.version ?? 0) !== expect,
      ) ||
      identifiers.some(
        ({ identifier, was }) => (this.#owners.get(identifierKey(identifier)) ?? null) !== was,
      )
    const short = stock.some(({ key, take, total }) => this.taken(key) + take > total)
    if ((stale && this.#rules.versions) || (short && this.#rules.stocks)) {
      const mine = profiles.flatMap(({ profile }) => this.#profiles.get(profile.id) ?? [])
      const theirs = this.load(identifiers.map(({ identifier }) => identifier))
      const current = [
        ...new Map([...mine, ...theirs].map((one) => [one.profile.id, one])).values(),
      ]
      const taken = new Map(stock.map(({ key }) => [key, this.taken(key)]))
      return { done: false, current: structuredClone(current), taken }
    }
    for (const { profile, expect, mergedInto } of profiles) {
      const stored = { profile, version: expect + 1, mergedInto: mergedInto ?? null }
      this.#profiles.set(profile.id, structuredClone(stored))
    }
    for (const { identifier, now } of identifiers) {
      if (now !== null) this.#owners.set(identifierKey(identifier), now)
    }
    for (const { key, take } of stock) this.#taken.set(key, this.taken(key) + take)
    this.records.push(...records)
    this.#done.add(id)
    return { done: true }
  }

  taken(key: string): number {
    return this.#taken.get(key) ?? 0
  }
}

/** @param failing of every so many commits one is done and its answer lost */
function portsOver(room: Room, scheduler: fc.Scheduler, failing: number): DecidePorts {
  let serial = 0
  let commits = 0
  const step = async <T>(what: string, work: () => T): Promise<T> => {
    await scheduler.schedule(Promise.resolve(), `${what} arrives`)
    const answer = work()
    await scheduler.schedule(Promise.resolve(), `${what} is answered`)
    return answer
  }
  const store: ProfileStore & Stocks = {
    load: (identifiers) => step('load', () => room.load(identifiers)),
    commit: (commit) =>
      step('commit', () => {
        const result = room.commit(commit)
        if (failing > 0 && ++commits % failing === 0) throw new StoreError('the answer was lost')
        return result
      }),
    taken: (keys) => step('taken', () => new Map(keys.map((key) => [key, room.taken(key)]))),
  }
  const unasked = (): never => {
    throw new Error('nobody asks for this here')
  }
  return {
    store,
    stocks: store,
    byId: { byIds: unasked },
    releases: { current: async () => release },
    seal: { seal: async (claim) => JSON.stringify(claim), open: unasked },
    tokens: { verify: unasked },
    ids: {
      messageId: () => `m${++serial}`,
      profileId: () => `profile${++serial}`,
      commitId: () => `commit${++serial}`,
    },
    timer: {
      pause: async () => scheduler.schedule(Promise.resolve(), 'pause'),
      within: async (_ms, work) => ({ outcome: await work }),
      nowMs: () => 0,
      jitter: () => 0.5,
    },
    background: unasked,
  }
}

const source = release.sourceByWriteKey.get('wk_cases')!
const asks = fc.array(
  fc.record({
    person: fc.constantFrom('kei', 'yui'),
    placements: fc.constantFrom<string[]>(['hero'], ['rare'], ['hero', 'rare']),
    /** Some are the same question again. */
    question: fc.integer({ min: 1, max: 12 }),
  }),
  { minLength: 2, maxLength: 8, size: 'max' },
)

const law = (rules: Rules) =>
  fc.asyncProperty(
    fc.scheduler(),
    asks,
    fc.constantFrom(0, 2, 3),
    async (scheduler, asks, failing) => {
      const room = new Room(rules)
      const ports = portsOver(room, scheduler, failing)
      const answers = asks.map(async ({ person, placements, question }) => {
        const requestId = `question-${person}-${question}-${placements.join('+')}`
        const result = await decide(ports, {
          release,
          source,
          trusted: true,
          body: { anonymousId: person, placements, requestId },
          requestId,
          receivedAtMs: 1_000_000,
          budgetMs: 1,
          bytes: 100,
        })
        if (!result.ok) throw new Error(result.error.code)
        return { person, answer: result.value }
      })
      const all = await scheduler.waitFor(Promise.all(answers))

      const spent = room.records.filter(({ event }) => event === '$served')
      const gifts = (person: string) =>
        spent.filter(({ anonymousId, properties }) => {
          return anonymousId === person && properties?.['action'] !== 'few'
        })
      // Told or not, no more is ever written down than there is.
      for (const person of ['kei', 'yui']) expect(gifts(person).length).toBeLessThanOrEqual(CAP)
      const few = spent.filter(({ properties }) => properties?.['action'] === 'few')
      expect(few.length).toBeLessThanOrEqual(STOCK)
      expect(room.taken('few')).toBe(few.length)
      // What is told is written down, under the very id, and each id is one action's.
      const written = new Map(
        spent.map(({ properties }) => [properties?.['decision'], properties?.['action']]),
      )
      expect(written.size).toBe(spent.length)
      for (const { answer } of all) {
        for (const { items } of Object.values(answer.decisions)) {
          for (const { action, decisionId } of items) {
            if (action === 'plain') continue
            expect(written.get((JSON.parse(decisionId) as { id: string }).id)).toBe(action)
          }
        }
      }
    },
  )

it('caps and stocks are never exceeded, whoever goes on next and whichever answer is lost', async () => {
  await fc.assert(law({ versions: true, stocks: true }), { numRuns: 300 })
})

it('a store that does not look at versions, or at what is left, is caught', async () => {
  for (const broken of [
    { versions: false, stocks: true },
    { versions: true, stocks: false },
  ]) {
    const { failed, counterexample } = await fc.check(law(broken), { ...TEETH, numRuns: 1000 })
    expect({ failed, tried: counterexample !== null }).toEqual({ failed: true, tried: true })
  }
})

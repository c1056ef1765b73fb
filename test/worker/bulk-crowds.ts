/** Lists of thousands, of the heavy, and of those whom it throws for. */
import { createExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterAll, describe, expect, it } from 'vitest'
import { requestDeps } from '../../worker/deps.ts'
import { decideMany, peopleAtOnce } from '../../worker/flow/decide-bulk.ts'
import { emptyProfile } from '../../worker/core/profile/profile.ts'
import { StoreError, type ProfileStore } from '../../worker/flow/ports.ts'
import { redisClient } from '../../worker/store/redis/client.ts'
import { redisKeys } from '../../worker/store/redis/keys.ts'
import { profileIdOf } from '../../worker/store/redis/profile-id.ts'
import { redisProfileStore } from '../../worker/store/redis/profile-store.ts'
import { openRedis } from '../support/workerd/redis.ts'
import { actionIn, runOf } from './bulk-site.ts'

const redis = await openRedis()
afterAll(() => redis.remove())

export function bulkCrowds(): void {
  describe('what throws for one of them', () => {
    it.each(['mail', 'coupon'])(
      'is a fault of that line alone, and logged: %s',
      async (placement) => {
        const deps = requestDeps(env, createExecutionContext())
        const release = (await deps.releases.current())!
        const logged: Readonly<Record<string, unknown>>[] = []
        const ownKeys = (): never => {
          throw new Error('no such thing')
        }
        const run = runOf(release, placement, `broken-${placement}`)
        const people = ['u50', 'u51', 'u52'].map((value, i) => ({
          line: i + 2,
          identifier: { type: 'user_id', value },
          context: i === 1 ? new Proxy({}, { ownKeys }) : {},
        }))
        const told = await decideMany({ ...deps, log: (line) => logged.push(line) }, run, people)
        expect(told).toMatchObject([
          { line: 2, decisions: {} },
          { line: 3, error: { code: 'internal' } },
          { line: 4, decisions: {} },
        ])
        expect(logged).toMatchObject([
          { level: 'error', requestId: 'r', line: 3, error: 'no such thing' },
        ])
        const load = () => Promise.reject(new TypeError('no profile'))
        const none = { ...deps, log: () => undefined, store: { ...deps.store, load } }
        const all = await decideMany(none, run, people)
        expect(all.map((one) => 'error' in one && one.error.code)).toEqual(
          people.map(() => 'internal'),
        )
      },
    )
  })

  /** Counts the trips, and how many people are held at once. */
  function counted(store: ProfileStore) {
    const count = { loads: 0, commits: 0, most: 0 }
    const counting: ProfileStore = {
      load: async (...asked) => {
        count.loads++
        const loaded = await store.load(...asked)
        count.most = Math.max(count.most, loaded.length)
        return loaded
      },
      commit: async (commit) => {
        count.commits++
        return store.commit(commit)
      },
    }
    return { count, store: counting }
  }

  const ROOMS: [string, () => Pick<ReturnType<typeof requestDeps>, 'store' | 'ids'>][] = [
    ['D1', () => requestDeps(env, createExecutionContext())],
    [
      'Redis',
      () => {
        const deps = requestDeps(env, createExecutionContext())
        const idOf = profileIdOf('a-key-for-tests')
        const client = redisClient(redis.settings)
        return {
          store: redisProfileStore(client, redisKeys('tsugi:'), idOf, { trips: 0 }),
          ids: {
            ...deps.ids,
            profileId: (first, attempt) => (attempt === 0 ? idOf(first) : crypto.randomUUID()),
          },
        }
      },
    ],
  ]

  describe.each(ROOMS)('ten thousand people on %s', (_, open) => {
    async function runOver(people: number, placement: string) {
      const deps = requestDeps(env, createExecutionContext())
      const { store, ids } = open()
      const { count, store: counting } = counted(store)
      const release = (await deps.releases.current())!
      const run = runOf(release, placement, `${placement}-${people}`)
      const size = peopleAtOnce(run)
      // Without the log, whose trips are its own.
      const { decisionLog: _, ...others } = deps
      const ports = { ...others, store: counting, ids }
      let decided = 0
      for (let from = 0; from < people; from += size) {
        const chunk = Array.from({ length: Math.min(size, people - from) }, (_, i) => ({
          line: from + i,
          identifier: { type: 'user_id', value: `bulk-${from + i}` },
          context: {},
        }))
        const told = await decideMany(ports, run, chunk)
        decided += told.filter((one) => 'decisions' in one).length
      }
      return { decided, count }
    }

    it('are a hundred loads, with a hundred people in hand at most', async () => {
      const { decided, count } = await runOver(10_000, 'mail')
      expect(decided).toBe(10_000)
      expect(count).toMatchObject({ loads: 100, commits: 0 })
      expect(count.most).toBeLessThanOrEqual(100)
    })

    it('take one load and one commit for each fifty where something is reserved', async () => {
      const { decided, count } = await runOver(500, 'coupon')
      expect(decided).toBe(500)
      expect(count).toMatchObject({ loads: 10, commits: 10 })
      expect(count.most).toBeLessThanOrEqual(50)
    })
  })

  it('people whose documents weigh too much together are halved, and each half is told its own fate', async () => {
    const deps = requestDeps(env, createExecutionContext())
    const release = (await deps.releases.current())!
    const heavy = Array.from({ length: 50 }, (_, i) => {
      const identifier = { type: 'user_id', value: `heavy-${i}` }
      const profile = emptyProfile(deps.ids.profileId(identifier, 0), 'h'.repeat(30_000))
      const known = { ...identifier, firstSeenMs: 0, lastSeenMs: 0 }
      return { identifier, profile: { ...profile, identifiers: [known] } }
    })
    for (let from = 0; from < heavy.length; from += 25) {
      const some = heavy.slice(from, from + 25)
      const done = await deps.store.commit({
        id: deps.ids.commitId(),
        receivedAtMs: Date.now(),
        profiles: some.map(({ profile }) => ({ profile, expect: 0 })),
        identifiers: some.map(({ identifier, profile }) => ({
          identifier,
          was: null,
          now: profile.id,
        })),
        records: [],
      })
      expect(done.done).toBe(true)
    }
    const run = runOf(release, 'coupon', 'heavy')
    const people = heavy.map(({ identifier }, i) => ({ line: i + 2, identifier, context: {} }))
    let commits = 0
    const down: ProfileStore = {
      load: (...asked) => deps.store.load(...asked),
      commit: (commit) =>
        ++commits === 1 ? deps.store.commit(commit) : Promise.reject(new StoreError('down')),
    }
    const told = await decideMany({ ...deps, store: down }, run, people)
    const fates = told.map((one) => ('error' in one ? one.error.code : actionIn(one, 'coupon')))
    expect(fates).toEqual([
      ...Array.from({ length: 25 }, () => 'once'),
      ...Array.from({ length: 25 }, () => 'store_unavailable'),
    ])
    const again = await decideMany(deps, run, people)
    expect(again.map((one) => actionIn(one, 'coupon'))).toEqual(people.map(() => 'once'))
  })
}

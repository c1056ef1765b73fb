/** The daily snapshot over a store: everybody once a day, whatever dies, in the files and in PostgreSQL. */
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, test } from 'vitest'
import { fold } from '../../worker/core/profile/fold.ts'
import { emptyProfile } from '../../worker/core/profile/profile.ts'
import type { ProfileScan, ProfileStore } from '../../worker/flow/ports.ts'
import { feed } from '../../worker/flow/feed.ts'
import {
  snapshot,
  type SnapshotDeps,
  type SnapshotOptions,
  type SnapshotStep,
} from '../../worker/flow/snapshot.ts'
import { d1SinkLog } from '../../worker/store/d1/sink-log.ts'
import { d1Snapshots } from '../../worker/store/d1/snapshots.ts'
import { profilesFile } from '../../worker/warehouse/parquet.ts'
import { postgresSink } from '../../worker/warehouse/postgres/postgres-sink.ts'
import { r2Bucket } from '../../worker/warehouse/r2-bucket.ts'
import { redacted } from '../../worker/warehouse/redact.ts'
import { PROFILES_SHARD } from '../../worker/warehouse/snapshot-ports.ts'
import { batchOf } from '../../worker/warehouse/sinks.ts'
import { recordsOf, releaseOf, type Person } from '../core/deciding.ts'
import { openPostgres } from '../support/workerd/postgres.ts'
import { clear, leases, manifests, rowsIn, type ParquetRow } from './warehouse.ts'

const DAY_MS = 86_400_000
const DAY = Date.UTC(2026, 2, 1)
const NOON_MS = DAY + DAY_MS / 2
const postgres = await openPostgres()
const bucket = r2Bucket(env.BUCKET)
const snapshots = d1Snapshots(env.DB)
const release = releaseOf({
  segments: [
    { key: 'pro', name: 'Pro', when: { trait: 'plan', eq: 'pro' } },
    { key: 'asks', name: 'Asks', when: { context: 'page.path', eq: '/' } },
  ],
  aggregates: [{ key: 'views', name: 'Views', event: 'Product Viewed', compute: 'count' }],
})

interface Store {
  readonly store: ProfileStore & ProfileScan
  readonly clear: () => Promise<void>
}

export function snapshotSuite(name: string, { store, clear: clearStore }: Store): void {
  let serial = 0
  let schemas = 0

  async function add(id: string, person: Person = {}, mergedInto?: string): Promise<void> {
    const profile = fold(
      {
        ...emptyProfile(id, id),
        identifiers: [{ type: 'user_id', value: id, firstSeenMs: DAY, lastSeenMs: DAY }],
      },
      recordsOf(person, DAY),
      release.rules,
    )
    const result = await store.commit({
      id: `c-${++serial}`,
      receivedAtMs: DAY,
      profiles: [{ profile, expect: 0, ...(mergedInto === undefined ? {} : { mergedInto }) }],
      identifiers: [],
      records: [],
    })
    expect(result).toEqual({ done: true })
  }
  const people = async (count: number): Promise<string[]> => {
    const ids = Array.from({ length: count }, (_, n) => `p${String(n).padStart(3, '0')}`)
    for (const id of ids) await add(id, { traits: { n: id } })
    return ids
  }

  const deps = (nowMs: number, over: Partial<SnapshotDeps> = {}): SnapshotDeps => ({
    clock: { nowMs: () => nowMs },
    leases,
    snapshots,
    bucket,
    scan: store,
    releases: { current: async () => release },
    encode: async (rows) => profilesFile(rows),
    ...over,
  })
  const tick = (
    nowMs = NOON_MS,
    over: Partial<SnapshotDeps> = {},
    options: Partial<SnapshotOptions> = {},
  ) =>
    snapshot(deps(nowMs, over), {
      holder: crypto.randomUUID(),
      partRows: 3,
      pageRows: 2,
      ...options,
    })

  const taken = async (): Promise<ParquetRow[]> => {
    const { objects } = await env.BUCKET.list({ prefix: 'profiles/' })
    return (await Promise.all(objects.map(({ key }) => rowsIn(key)))).flat()
  }
  const idsIn = (rows: readonly ParquetRow[]): string[] =>
    rows.map((row) => String(row['profile_id'])).sort()

  async function intoPostgres(schema: string, rules: { hmac?: string[] } = {}) {
    const sink = postgresSink({ name: schema, connectionString: postgres.connectionString, schema })
    const { hmac = [] } = rules
    const result = await feed(
      {
        clock: { nowMs: () => NOON_MS },
        leases,
        manifests,
        log: d1SinkLog(env.DB),
        sink,
        shard: PROFILES_SHARD,
        batchOf: (manifest) =>
          redacted(batchOf(bucket, manifest), {
            leaveOut: [],
            hmac,
            hmacKey: 'k'.repeat(32),
            phoneRegion: 'JP',
          }),
      },
      { holder: crypto.randomUUID() },
    )
    await sink.close()
    expect(result.error).toBeNull()
    return postgres.query(`SELECT * FROM ${schema}.profiles ORDER BY profile_id`)
  }
  const schema = (): string => `snapshot_${name.toLowerCase()}_${++schemas}`

  beforeEach(async () => {
    await clear()
    await clearStore()
    const { objects } = await env.BUCKET.list({ prefix: 'profiles/' })
    for (const { key } of objects) await env.BUCKET.delete(key)
  })

  describe(`the daily snapshot on ${name}`, () => {
    test('has everybody as they stand, in the file and in PostgreSQL; who was merged is not there', async () => {
      await add('a', {
        traits: { plan: 'pro', gone: null },
        consents: { email: false },
        events: [['Product Viewed', '2026-02-28T09:00:00Z']],
      })
      await add('b', {}, 'a')
      expect(await tick()).toEqual({ outcome: 'taken', parts: 1, rows: 1 })
      const [row, ...more] = await taken()
      expect(more).toEqual([])
      expect(row).toEqual({
        day: new Date(DAY),
        profile_id: 'a',
        taken_at: new Date(NOON_MS),
        version: 1n,
        epoch: 1,
        first_seen: new Date(Date.UTC(2026, 1, 28, 9)),
        last_seen: new Date(DAY),
        identifiers: '["user_id:a"]',
        traits: '{"plan":"pro"}',
        aggregates: '{"views":1}',
        segments: '["pro"]',
        lists: '[]',
        consents: '{"email":false}',
        experiments: '{}',
      })
      const [stored, ...others] = await intoPostgres(schema(), { hmac: ['user_id'] })
      expect(others).toEqual([])
      expect(stored).toMatchObject({
        profile_id: 'a',
        version: '1',
        traits: { plan: 'pro' },
        segments: ['pro'],
        aggregates: { views: 1 },
      })
      expect(JSON.stringify(stored)).toContain('2026-03-01')
      expect(stored?.['identifiers']).toEqual([expect.stringMatching(/^user_id:[0-9a-f]{64}$/)])
    })

    test('is taken once a day, in bounded pieces, each a file', async () => {
      const ids = await people(11)
      let nowMs = NOON_MS
      const slow = { clock: { nowMs: () => nowMs } }
      const step = (done: SnapshotStep): void => {
        if (done === 'advanced') nowMs += 3_000
      }
      expect(await tick(0, { ...slow, step })).toMatchObject({ outcome: 'taking', parts: 2 })
      for (let n = 0; n < 10; n++) await tick(nowMs)
      expect(idsIn(await taken())).toEqual(ids)
      expect(await tick(nowMs)).toEqual({ outcome: 'idle', parts: 0, rows: 0 })
      // A clock that went back a day takes none again.
      expect(await tick(nowMs - DAY_MS)).toMatchObject({ outcome: 'idle' })
      expect(await tick(nowMs - 400 * DAY_MS)).toMatchObject({ outcome: 'taken', rows: 11 })
      // Put right again: the day's parts are there already, and are taken for it.
      expect(await tick(nowMs)).toMatchObject({ outcome: 'taken', rows: 11 })
      expect(await snapshots.current()).toMatchObject({ state: 'done', rows: 11, dayMs: DAY })

      expect(await tick(nowMs + DAY_MS)).toMatchObject({ outcome: 'taken', rows: 11 })
      const stored = await intoPostgres(schema())
      expect(stored).toHaveLength(33)
      expect(await d1SinkLog(env.DB).read('r2', PROFILES_SHARD)).toMatchObject({ rows: 44 })
    })

    test('waits where nobody has come yet, and before the first publish', async () => {
      expect(await tick()).toEqual({ outcome: 'idle', parts: 0, rows: 0 })
      expect(await tick(NOON_MS, { releases: { current: async () => null } })).toBeNull()
      await people(1)
      expect(await tick()).toMatchObject({ outcome: 'taken', rows: 1 })
    })

    const steps: SnapshotStep[] = []
    test('an undisturbed run has every kind of step', async () => {
      await people(7)
      await tick(NOON_MS, { step: (step) => void steps.push(step) })
      expect(new Set(steps)).toEqual(
        new Set<SnapshotStep>([
          'acquired',
          'begun',
          'read',
          'encoded',
          'stored',
          'advanced',
          'released',
        ]),
      )
      expect(steps.length).toBeLessThan(20)
    })

    test.each(Array.from({ length: 19 }, (_, n) => n + 1))(
      'killed after step %i: everybody lies there once, and so in PostgreSQL',
      async (nth) => {
        const ids = await people(7)
        let seen = 0
        const kill = (): void => {
          if (++seen === nth) throw new Error('killed')
        }
        const killed = await tick(NOON_MS, { step: kill }).then(
          () => false,
          () => true,
        )
        expect(killed).toBe(nth <= steps.length)
        // Another moment, so other bytes: what a killed run put must still be the part.
        const later = NOON_MS + 120_000
        const result = await tick(later)
        expect(['taken', 'idle']).toContain(result?.outcome)
        expect(idsIn(await taken())).toEqual(ids)
        const stored = await intoPostgres(schema())
        expect(stored.map((row) => row['profile_id'])).toEqual(ids)
        expect(await snapshots.current()).toMatchObject({ state: 'done', rows: 7 })
      },
    )

    test.each(['read', 'encoded', 'stored', 'advanced'] as const)(
      'a holder that slept at "%s" while another finished changes nothing when it wakes',
      async (sleepAt) => {
        const ids = await people(7)
        const sleeping = Promise.withResolvers<void>()
        const asleep = Promise.withResolvers<void>()
        let slept = false
        const step = async (done: SnapshotStep): Promise<void> => {
          if (done !== sleepAt || slept) return
          slept = true
          asleep.resolve()
          await sleeping.promise
        }
        const stale = tick(NOON_MS, { step })
        await asleep.promise
        expect(await tick(NOON_MS + 60_000)).toMatchObject({ outcome: 'busy' })
        expect(await tick(NOON_MS + 120_000)).toMatchObject({ outcome: 'taken' })
        const standing = await snapshots.current()
        sleeping.resolve()
        expect(await stale).toMatchObject({ outcome: 'lost' })
        expect(await snapshots.current()).toEqual(standing)
        expect(idsIn(await taken())).toEqual(ids)
      },
    )

    test('of two at once one takes it', async () => {
      const ids = await people(5)
      const outcomes = (await Promise.all([tick(), tick()])).map((result) => result?.outcome)
      expect(outcomes.toSorted((a, b) => String(a).localeCompare(String(b)))).toEqual([
        'busy',
        'taken',
      ])
      expect(idsIn(await taken())).toEqual(ids)
    })
  })
}

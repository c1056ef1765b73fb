/** The daily snapshot over a store: everybody once a day, whatever dies, in the files and in PostgreSQL. */
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, test } from 'vitest'
import { fold } from '../../worker/core/profile/fold.ts'
import { emptyProfile } from '../../worker/core/profile/profile.ts'
import type { ProfileScan, ProfileStore } from '../../worker/flow/ports.ts'
import {
  snapshot,
  type SnapshotDeps,
  type SnapshotOptions,
  type SnapshotResult,
  type SnapshotStep,
} from '../../worker/flow/snapshot.ts'
import { profilesFile } from '../../worker/warehouse/parquet.ts'
import { postgresSink } from '../../worker/warehouse/postgres/postgres-sink.ts'
import { redacted } from '../../worker/warehouse/redact.ts'
import { PROFILES_SHARD } from '../../worker/warehouse/snapshot-ports.ts'
import { batchOf } from '../../worker/warehouse/sinks.ts'
import { recordsOf, releaseOf, type Person } from '../core/deciding.ts'
import { openPostgres } from '../support/workerd/postgres.ts'
import { killAt, numbered, overtaken, stepsOf } from './interruptions.ts'
import { bucket, clockAt, runFeed, sinkLog, snapshots } from './jobs.ts'
import { clear, leases, rowsIn, type ParquetRow } from './warehouse.ts'

const DAY_MS = 86_400_000
const DAY = Date.UTC(2026, 2, 1)
const NOON_MS = DAY + DAY_MS / 2
const postgres = await openPostgres()
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
    clock: clockAt(nowMs),
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
    const result = await runFeed(sink, {
      clock: clockAt(NOON_MS),
      shard: PROFILES_SHARD,
      batchOf: (manifest) =>
        redacted(batchOf(bucket, manifest), {
          leaveOut: [],
          hmac,
          hmacKey: 'k'.repeat(32),
          phoneRegion: 'JP',
        }),
    })
    await sink.close()
    expect(result.error).toBeNull()
    return postgres.query(`SELECT * FROM ${schema}.profiles ORDER BY profile_id`)
  }
  const schema = (): string => `snapshot_${name.toLowerCase()}_${++schemas}`

  async function clearAll(): Promise<void> {
    await clear()
    await clearStore()
    const { objects } = await env.BUCKET.list({ prefix: 'profiles/' })
    for (const { key } of objects) await env.BUCKET.delete(key)
  }
  beforeEach(clearAll)

  describe(`the daily snapshot on ${name}`, async () => {
    await clearAll()
    await people(7)
    const steps = await stepsOf<SnapshotStep>((step) => tick(NOON_MS, { step }))

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
      expect(await sinkLog.read('r2', PROFILES_SHARD)).toMatchObject({ rows: 44 })
    })

    test('waits where nobody has come yet, and before the first publish', async () => {
      expect(await tick()).toEqual({ outcome: 'idle', parts: 0, rows: 0 })
      expect(await tick(NOON_MS, { releases: { current: async () => null } })).toBeNull()
      await people(1)
      expect(await tick()).toMatchObject({ outcome: 'taken', rows: 1 })
    })

    test('an undisturbed run has every kind of step', () => {
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
    })

    test.each(numbered(steps))(
      'killed after step %i, %s: everybody lies there once, and so in PostgreSQL',
      async (nth) => {
        const ids = await people(7)
        await expect(tick(NOON_MS, { step: killAt(nth) })).rejects.toThrow('killed')
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
      async (at) => {
        const ids = await people(7)
        const ended = await overtaken<SnapshotStep, SnapshotResult | null>(
          at,
          (step) => tick(NOON_MS, { step }),
          async () => {
            expect(await tick(NOON_MS + 60_000)).toMatchObject({ outcome: 'busy' })
            expect(await tick(NOON_MS + 120_000)).toMatchObject({ outcome: 'taken' })
          },
        )
        expect(ended).toMatchObject({ outcome: 'lost' })
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

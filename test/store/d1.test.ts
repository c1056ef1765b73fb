import { env } from 'cloudflare:workers'
import { describe, expect, it, test } from 'vitest'
import { emptyProfile } from '../../worker/core/profile/profile.ts'
import type { OutboxBody } from '../../worker/core/record.ts'
import { d1ProfileStore } from '../../worker/store/d1/profile-store.ts'
import { profileStoreContract } from './contract.ts'

const db = env.DB

async function logged() {
  const { results } = await db
    .prepare('SELECT body FROM outbox ORDER BY seq')
    .all<{ body: string }>()
  return results.flatMap(({ body }) => (JSON.parse(body) as OutboxBody).records)
}

profileStoreContract('D1', () => {
  const meter = { trips: 0 }
  return {
    store: d1ProfileStore(db, meter),
    meter,
    newId: ({ value }) => value,
    tripsAway: 1,
    logged,
  }
})

/** Counts statements and rows written by every batch that passes. */
function counting(target: D1Database) {
  const seen = { statements: 0, rowsWritten: 0, lastRowsRead: 0 }
  const proxy = new Proxy(target, {
    get(db1, name) {
      if (name !== 'batch') return Reflect.get(db1, name).bind(db1)
      return async (statements: D1PreparedStatement[]) => {
        const results = await db1.batch(statements)
        seen.statements += results.length
        for (const { meta } of results) seen.rowsWritten += meta.rows_written
        seen.lastRowsRead = results.at(-1)?.meta.rows_read ?? 0
        return results
      }
    },
  })
  return { proxy, seen }
}

describe('what a commit costs on D1', () => {
  const commit = (id: string, expectVersion: number) => ({
    id: `${id}-${expectVersion}`,
    receivedAtMs: 1,
    profiles: [
      {
        profile: {
          ...emptyProfile(id, 's'),
          identifiers: [{ type: 'anonymous_id', value: id, firstSeenMs: 1, lastSeenMs: 1 }],
        },
        expect: expectVersion,
      },
    ],
    identifiers: [
      {
        identifier: { type: 'anonymous_id', value: id },
        was: expectVersion === 0 ? null : id,
        now: id,
      },
    ],
    records: [
      {
        type: 'track' as const,
        messageId: `${id}-${expectVersion}`,
        source: 's',
        profileId: id,
        epoch: 1,
        timestampMs: 1,
        receivedAtMs: 1,
        originalTimestampMs: null,
        sentAtMs: null,
      },
    ],
  })

  it('an update: four statements, two rows written; a birth: five and its identifier', async () => {
    const { proxy, seen } = counting(db)
    const store = d1ProfileStore(proxy, { trips: 0 })
    await store.commit(commit('cost', 0))
    // Outbox row and its sequence, profile and its key's index, identifier.
    expect(seen).toMatchObject({ statements: 5, rowsWritten: 5 })
    seen.statements = 0
    seen.rowsWritten = 0
    await store.commit(commit('cost', 1))
    expect(seen).toMatchObject({ statements: 4, rowsWritten: 3 })
  })

  it('how things stand is read for the loser alone', async () => {
    const { proxy, seen } = counting(db)
    const store = d1ProfileStore(proxy, { trips: 0 })
    expect(await store.commit(commit('read', 0))).toEqual({ done: true })
    // The outbox row that tells who won.
    expect(seen.lastRowsRead).toBe(1)
    expect(await store.commit({ ...commit('read', 0), id: 'another' })).toMatchObject({
      done: false,
    })
    expect(seen.lastRowsRead).toBeGreaterThan(1)
  })

  it('a due moment costs a row where it comes or moves, and nothing where it stays or goes', async () => {
    const { proxy, seen } = counting(db)
    const store = d1ProfileStore(proxy, { trips: 0 })
    const spent = async (version: number, dueMs: number | null | undefined) => {
      Object.assign(seen, { statements: 0, rowsWritten: 0 })
      const plain = commit('cost-due', version)
      const profiles = plain.profiles.map((one) => (dueMs === undefined ? one : { ...one, dueMs }))
      expect(await store.commit({ ...plain, profiles })).toEqual({ done: true })
      return { statements: seen.statements, rowsWritten: seen.rowsWritten }
    }
    await spent(0, undefined)
    expect(await spent(1, 10)).toEqual({ statements: 4, rowsWritten: 4 })
    expect(await spent(2, undefined)).toEqual({ statements: 4, rowsWritten: 3 })
    expect(await spent(3, 20)).toEqual({ statements: 4, rowsWritten: 4 })
    expect(await spent(4, null)).toEqual({ statements: 4, rowsWritten: 3 })
  })
})

test('a page of profiles ends at four megabytes of documents, in one trip', async () => {
  const meter = { trips: 0 }
  const store = d1ProfileStore(db, meter)
  const doc = JSON.stringify({ id: '', recent: [], text: 'x'.repeat(60_000) })
  const ids = Array.from({ length: 100 }, (_, n) => `~scan-${String(n).padStart(3, '0')}`)
  await db
    .prepare(
      `INSERT INTO profile (id, version, doc)
       SELECT value, 1, ?1 FROM json_each(?2)`,
    )
    .bind(doc, JSON.stringify(ids))
    .run()
  const { profiles, next } = await store.scan('~', 500)
  expect(profiles.length).toBe(Math.ceil(4_194_304 / doc.length))
  expect(next).toBe(ids[profiles.length - 1])
  expect(meter.trips).toBe(1)
})

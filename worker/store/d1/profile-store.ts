/** Profiles on D1: one statement loads, one batch commits. */
import type { LoadedProfile } from '../../core/ingest/delivery.ts'
import { bodyText } from '../../core/json-text.ts'
import { profileText } from '../../core/profile/stored.ts'
import type {
  Commit,
  CommitResult,
  DueBacklog,
  DueProfiles,
  ProfilesById,
  ProfileScan,
  ProfileStore,
  Stocks,
} from '../../flow/ports.ts'
import type { Meter } from '../meter.ts'
import { profileOf } from '../stored-document.ts'
import {
  APPEND,
  BY_IDS,
  CURRENT,
  DROP_IDENTIFIERS,
  DUE,
  DUE_BACKLOG,
  GUARD,
  GUARD_STOCK,
  LOAD,
  LOAD_ONE,
  PUT_DUE_PROFILES,
  PUT_IDENTIFIERS,
  PUT_PROFILES,
  PUT_STOCK,
  SCAN,
  TAKE_BACK,
  TAKEN,
  WON,
} from './statements.ts'
import { trip } from './trip.ts'

interface Row {
  readonly id: string
  readonly version: number
  readonly merged_into: string | null
  readonly doc: string
}

const fromRow = ({ version, merged_into, doc }: Row): LoadedProfile => ({
  profile: profileOf(doc),
  version,
  mergedInto: merged_into,
})

/** Documents in one page of a scan: a Worker has 128 MB for everything. */
const SCAN_BYTES = 4_194_304
/** Each one counted is a row read. */
const COUNTED = 10_000

/** @param meter counts each trip to the database */
export function d1ProfileStore(
  db: D1Database,
  meter: Meter,
): ProfileStore & ProfilesById & ProfileScan & DueProfiles & Stocks {
  return {
    async load(identifiers) {
      const [first] = identifiers
      if (first === undefined) return []
      const statement =
        identifiers.length === 1
          ? db.prepare(LOAD_ONE).bind(first.type, first.value)
          : db.prepare(LOAD).bind(JSON.stringify(identifiers))
      const { results } = await trip(meter, () => statement.all<Row>())
      return results.map(fromRow)
    },

    async commit(commit) {
      if (isUnguarded(commit)) {
        await trip(meter, () => appendOf(db, commit).run())
        return { done: true }
      }
      const results = await trip(meter, () =>
        db.batch<Row & TakenRow & { won: number }>(batchOf(db, commit)),
      )
      const after = 2 + (commit.stock === undefined ? 0 : 1) + (isSilent(commit) ? 1 : 0)
      const [won, current, stock] = results.slice(-after)
      if (won?.results[0]?.won === 1) return { done: true }
      return {
        done: false,
        current: (current?.results ?? []).map(fromRow),
        ...(commit.stock === undefined ? {} : { taken: takenFrom(stock?.results ?? []) }),
      } satisfies CommitResult
    },

    async taken(keys) {
      const { results } = await trip(meter, () => takenOf(db, keys).all<TakenRow>())
      return takenFrom(results)
    },

    /** By id: who is new comes last, since ids grow with time. */
    async scan(after, limit) {
      const statement = db.prepare(SCAN).bind(after ?? '', limit, SCAN_BYTES)
      const { results } = await trip(meter, () => statement.all<Row>())
      return { profiles: results.map(fromRow), next: results.at(-1)?.id ?? null }
    },

    // The id of the last profile of a page.
    isCursor: (text) => /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text),

    async byIds(ids) {
      const statement = db.prepare(BY_IDS).bind(JSON.stringify(ids))
      const { results } = await trip(meter, () => statement.all<Row>())
      return results.map(fromRow)
    },

    async due(nowMs, limit) {
      const statement = db.prepare(DUE).bind(nowMs, limit, SCAN_BYTES)
      const { results } = await trip(meter, () => statement.all<Row>())
      return results.map(fromRow)
    },

    async dueBacklog(nowMs) {
      const statement = db.prepare(DUE_BACKLOG).bind(nowMs, COUNTED)
      const row = await trip(meter, () => statement.first<DueBacklog>())
      return row ?? { profiles: 0, oldestMs: null }
    },
  }
}

/** Nobody can have been first. */
const isUnguarded = ({ records, profiles, identifiers, former = [], stock }: Commit): boolean =>
  records.length > 0 &&
  profiles.length + identifiers.length + former.length === 0 &&
  stock === undefined

const appendOf = (db: D1Database, { id, records, receivedAtMs }: Commit): D1PreparedStatement =>
  db.prepare(APPEND).bind(id, bodyText(records), receivedAtMs)

function batchOf(db: D1Database, commit: Commit): D1PreparedStatement[] {
  const { id, receivedAtMs, profiles, identifiers, former = [] } = commit
  const expected = JSON.stringify(
    profiles.map(({ profile, expect }) => ({ id: profile.id, expect })),
  )
  const owners = JSON.stringify(identifiers.map(({ identifier, was }) => ({ ...identifier, was })))
  const moved = identifiers.filter(({ was, now }) => now !== null && now !== was)
  const dropped = identifiers.filter(({ was, now }) => now === null && was !== null)
  const guard = [id, bodyText(commit.records), receivedAtMs, expected, owners] as const
  const stock = commit.stock === undefined ? null : JSON.stringify(commit.stock)
  const statements =
    stock === null
      ? [db.prepare(GUARD).bind(...guard)]
      : [db.prepare(GUARD_STOCK).bind(...guard, stock), db.prepare(PUT_STOCK).bind(id, stock)]
  for (const [sql, rows] of [
    [PUT_PROFILES, profiles.filter(({ dueMs }) => dueMs === undefined)],
    [PUT_DUE_PROFILES, profiles.filter(({ dueMs }) => dueMs !== undefined)],
  ] as const) {
    if (rows.length > 0) statements.push(db.prepare(sql).bind(id, rowsOf(rows)))
  }
  if (moved.length + former.length > 0) {
    const rows = [
      ...moved.map(({ identifier, now }) => ({ ...identifier, now })),
      ...former.map(({ identifier, profileId }) => ({ ...identifier, now: profileId })),
    ]
    statements.push(db.prepare(PUT_IDENTIFIERS).bind(id, JSON.stringify(rows)))
  }
  if (dropped.length > 0) {
    const rows = dropped.map(({ identifier }) => identifier)
    statements.push(db.prepare(DROP_IDENTIFIERS).bind(id, JSON.stringify(rows)))
  }
  statements.push(db.prepare(WON).bind(id), db.prepare(CURRENT).bind(id, expected, owners))
  if (commit.stock !== undefined) statements.push(takenOf(db, stockKeys(commit)))
  // Its outbox row was the guard and nothing more.
  if (isSilent(commit)) statements.push(db.prepare(TAKE_BACK).bind(id))
  return statements
}

const rowsOf = (profiles: Commit['profiles']): string =>
  JSON.stringify(
    profiles.map(({ profile, expect, mergedInto, dueMs }) => ({
      id: profile.id,
      expect,
      mergedInto: mergedInto ?? null,
      doc: profileText(profile),
      ...(dueMs === undefined ? {} : { dueMs }),
    })),
  )

const stockKeys = ({ stock = [] }: Commit): string[] => stock.map(({ key }) => key)

const takenOf = (db: D1Database, keys: readonly string[]): D1PreparedStatement =>
  db.prepare(TAKEN).bind(JSON.stringify(keys))

interface TakenRow {
  readonly action: string
  readonly taken: number
}
const takenFrom = (rows: readonly TakenRow[]): Map<string, number> =>
  new Map(rows.map(({ action, taken }) => [action, taken]))

const isSilent = ({ records }: Commit): boolean => records.length === 0

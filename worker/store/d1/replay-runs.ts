/**
 * Replay runs on D1, whatever the live store is. A piece is one batch(): its
 * first statement moves the run on if nobody else did, and names the piece; the
 * others write people only if that is the piece the run names.
 */
import type {
  ReplayCounts,
  ReplayCursor,
  ReplayRun,
  Replays,
  Shadow,
} from '../../flow/replay-ports.ts'
import type { Meter } from '../meter.ts'
import { profileOf } from '../stored-document.ts'
import { inTexts } from './json-texts.ts'
import { trip } from './trip.ts'

const COLUMNS = `number, state, phase, apply, from_ms AS fromMs, to_ms AS toMs, release, revision,
  cursor, counts, started_ms AS startedMs, updated_ms AS updatedMs`

const LATEST = `SELECT ${COLUMNS} FROM replay ORDER BY number DESC LIMIT 1`

const BEGIN = `
  INSERT INTO replay (state, phase, apply, from_ms, to_ms, release, revision, piece, cursor, counts,
    started_ms, updated_ms)
  SELECT 'running', 'sweep', ?1, ?2, ?3, ?4, 0, '', ?5, ?6, ?7, ?7
  WHERE NOT EXISTS (SELECT 1 FROM replay WHERE state = 'running')
  RETURNING ${COLUMNS}`

/** ?1 number, ?2 revision that was read, ?3 piece */
const MOVE = `
  UPDATE replay SET revision = revision + 1, piece = ?3, state = ?4, phase = ?5, cursor = ?6,
    counts = ?7, updated_ms = ?8
  WHERE number = ?1 AND revision = ?2 AND state = 'running'
  RETURNING ${COLUMNS}`

/** ?1 number, ?2 piece, ?3 people [{id, mergedInto, chosen, recent, doc}] */
const PUT = `
  INSERT INTO replay_profile (run, id, merged_into, chosen, recent, doc)
  SELECT ?1, e.value->>'id', e.value->>'mergedInto', e.value->>'chosen', e.value->>'recent',
    e.value->>'doc'
  FROM json_each(?3) e
  WHERE EXISTS (SELECT 1 FROM replay WHERE number = ?1 AND piece = ?2)
  ON CONFLICT (run, id) DO UPDATE
    SET merged_into = excluded.merged_into, chosen = excluded.chosen, doc = excluded.doc`

const PERSON = 'merged_into AS mergedInto, chosen, recent, doc'
const PEOPLE = `SELECT ${PERSON} FROM replay_profile
  WHERE run = ?1 AND id IN (SELECT value FROM json_each(?2))`
const KNOWN =
  'SELECT id FROM replay_profile WHERE run = ?1 AND id IN (SELECT value FROM json_each(?2))'
const PAGE = `SELECT ${PERSON} FROM replay_profile
  WHERE run = ?1 AND id > ?2 AND chosen = 1 AND recent = ?4 ORDER BY id LIMIT ?3`
const COUNT = 'SELECT count(*) AS n FROM replay_profile WHERE run = ?1 AND chosen = 1'

const clearOf = (whose: 'own' | 'earlier'): string => `
  DELETE FROM replay_profile WHERE rowid IN (
    SELECT rowid FROM replay_profile WHERE run ${whose === 'own' ? '=' : '<'} ?1 LIMIT ?2)`

interface RunRow {
  readonly number: number
  readonly state: ReplayRun['state']
  readonly phase: ReplayRun['phase']
  readonly apply: number
  readonly fromMs: number | null
  readonly toMs: number | null
  readonly release: number
  readonly revision: number
  readonly cursor: string
  readonly counts: string
  readonly startedMs: number
  readonly updatedMs: number
}

interface PersonRow {
  readonly mergedInto: string | null
  readonly chosen: number
  readonly recent: number
  readonly doc: string
}

/** @param pieceId unique at each call */
export function d1Replays(db: D1Database, meter: Meter, pieceId: () => string): Replays {
  const people = async (sql: string, ...values: (string | number)[]): Promise<Shadow[]> => {
    const statement = db.prepare(sql).bind(...values)
    const { results } = await trip(meter, () => statement.all<PersonRow>())
    return results.map(personOf)
  }
  return {
    async latest() {
      const row = await trip(meter, () => db.prepare(LATEST).first<RunRow>())
      return row === null ? null : runOf(row)
    },

    async begin({ apply, fromMs, toMs }, release, cursor, counts, nowMs) {
      const texts = [JSON.stringify(cursor), JSON.stringify(counts)]
      const statement = db
        .prepare(BEGIN)
        .bind(apply ? 1 : 0, fromMs, toMs, release, ...texts, nowMs)
      const row = await trip(meter, () => statement.first<RunRow>())
      return row === null ? null : runOf(row)
    },

    async move({ number, revision }, { state, phase, cursor, counts }, changed, nowMs) {
      const piece = pieceId()
      const texts = [JSON.stringify(cursor), JSON.stringify(counts)]
      const results = await trip(meter, () =>
        db.batch<RunRow>([
          db.prepare(MOVE).bind(number, revision, piece, state, phase, ...texts, nowMs),
          ...inTexts(changed.map(rowOf)).map((text) => db.prepare(PUT).bind(number, piece, text)),
        ]),
      )
      const row = results[0]?.results[0]
      return row === undefined ? null : runOf(row)
    },

    people: ({ number }, ids) =>
      ids.length === 0 ? Promise.resolve([]) : people(PEOPLE, number, JSON.stringify(ids)),

    async known({ number }, ids) {
      const statement = db.prepare(KNOWN).bind(number, JSON.stringify(ids))
      const { results } = await trip(meter, () => statement.all<{ id: string }>())
      return new Set(results.map(({ id }) => id))
    },

    page: ({ number }, after, limit, recent) =>
      people(PAGE, number, after ?? '', limit, recent ? 1 : 0),

    async countChosen({ number }) {
      const row = await trip(meter, () => db.prepare(COUNT).bind(number).first<{ n: number }>())
      return row?.n ?? 0
    },

    async clear({ number }, whose, limit) {
      const statement = db.prepare(clearOf(whose)).bind(number, limit)
      return (await trip(meter, () => statement.run())).meta.changes
    },
  }
}

const runOf = ({ apply, cursor, counts, ...row }: RunRow): ReplayRun => ({
  ...row,
  apply: apply === 1,
  cursor: JSON.parse(cursor) as ReplayCursor,
  counts: JSON.parse(counts) as ReplayCounts,
})

const rowOf = ({ profile, mergedInto, chosen, recent }: Shadow): object => ({
  id: profile.id,
  mergedInto,
  chosen: chosen ? 1 : 0,
  recent: recent ? 1 : 0,
  doc: JSON.stringify(profile),
})

const personOf = ({ mergedInto, chosen, recent, doc }: PersonRow): Shadow => ({
  profile: profileOf(doc),
  mergedInto,
  chosen: chosen === 1,
  recent: recent === 1,
})

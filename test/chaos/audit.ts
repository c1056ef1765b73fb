/** What lies in D1 and in the warehouse when all is over, read without any of the worker's code. */
import type { LocalWorker } from '../../scripts/local-worker.ts'
import type { Profile } from '../../worker/core/profile/profile.ts'
import type { Warehouse } from '../conformance/site/warehouse.ts'

export interface Ledger {
  /** People as they stand: merged ones are gone. */
  readonly profiles: ReadonlyMap<string, Profile>
  /** "type:value" → owner, as the index has it. */
  readonly owners: ReadonlyMap<string, string>
  /** "type:value" → owner, as the profiles have it; two owners make two entries. */
  readonly claimed: readonly (readonly [key: string, owner: string])[]
  readonly outbox: number
  readonly unfinishedBatches: number
}

export async function readLedger(worker: LocalWorker): Promise<Ledger> {
  const database = await worker.database()
  const all = async <T>(sql: string): Promise<T[]> => (await database.prepare(sql).all<T>()).results
  const count = async (sql: string): Promise<number> => (await all<{ n: number }>(sql))[0]?.n ?? -1
  const rows = await all<{ id: string; doc: string }>(
    'SELECT id, doc FROM profile WHERE merged_into IS NULL ORDER BY id',
  )
  const profiles = new Map(rows.map(({ id, doc }) => [id, JSON.parse(doc) as Profile]))
  const owned = await all<{ type: string; value: string; profile_id: string }>(
    'SELECT type, value, profile_id FROM identifier ORDER BY type, value',
  )
  return {
    profiles,
    owners: new Map(owned.map(({ type, value, profile_id }) => [`${type}:${value}`, profile_id])),
    claimed: [...profiles].flatMap(([id, { identifiers }]) =>
      identifiers.map(({ type, value }) => [`${type}:${value}`, id] as const),
    ),
    outbox: await count('SELECT count(*) AS n FROM outbox'),
    unfinishedBatches: await count("SELECT count(*) AS n FROM manifest WHERE state <> 'done'"),
  }
}

/** A row of the warehouse, by what the audit compares. */
export interface Row {
  readonly messageId: string
  readonly type: string
  /** As logged, before any later merge. */
  readonly profileId: string
  readonly timestampMs: number
  readonly receivedAtMs: number
  readonly event: string | null
  readonly source: string
  readonly traits: Record<string, never> | null
  readonly properties: Record<string, never> | null
}

export async function readRows(warehouse: Warehouse): Promise<Row[]> {
  const rows = await warehouse.query(
    `SELECT message_id, type, profile_id, epoch_ms(timestamp) AS t, epoch_ms(received_at) AS r,
       event, source, traits, properties
     FROM events ORDER BY outbox_seq, message_id`,
  )
  const parsed = (text: unknown) => (text === null ? null : JSON.parse(text as string))
  return rows.map((row) => ({
    messageId: row['message_id'] as string,
    type: row['type'] as string,
    profileId: row['profile_id'] as string,
    timestampMs: Number(row['t']),
    receivedAtMs: Number(row['r']),
    event: row['event'] as string | null,
    source: row['source'] as string,
    traits: parsed(row['traits']),
    properties: parsed(row['properties']),
  }))
}

/** Who a logged profileId is now: the warehouse's own `$merge` rows tell. */
export function survivorOf(rows: readonly Row[]): (profileId: string) => string {
  const into = new Map<string, string>()
  for (const { type, properties } of rows) {
    if (type !== '$merge') continue
    const { absorbed, survivor } = properties as { absorbed?: string; survivor?: string }
    if (absorbed === undefined || survivor === undefined) throw new Error('an empty $merge')
    if (into.has(absorbed)) throw new Error(`${absorbed} was merged twice`)
    into.set(absorbed, survivor)
  }
  return (profileId) => {
    let id = profileId
    for (let next = into.get(id); next !== undefined; next = into.get(id)) id = next
    return id
  }
}

/** What lies in the store and in the warehouse when all is over: read past the worker, which only unpacks the documents. */
import type { LocalWorker } from '../../scripts/local-worker.ts'
import type { Profile } from '../../worker/core/profile/profile.ts'
import { storedProfile } from '../../worker/core/profile/stored.ts'
import type { EventRecord } from '../../worker/core/record.ts'
import type { Warehouse } from '../conformance/site/warehouse.ts'
import { askRedis, type Backing } from './backing.ts'

export interface Ledger {
  /** People as they stand: merged ones are gone. */
  readonly profiles: ReadonlyMap<string, Profile>
  /** Who was merged → into whom. */
  readonly tombstones: ReadonlyMap<string, string>
  /** "type:value" → owner, as the index has it. */
  readonly owners: ReadonlyMap<string, string>
  /** "type:value" → owner, as the profiles have it; two owners make two entries. */
  readonly claimed: readonly (readonly [key: string, owner: string])[]
  readonly outbox: number
  /** Batches and compactions that somebody began and nobody ended. */
  readonly unfinished: number
}

interface Stored {
  readonly people: readonly (readonly [id: string, mergedInto: string | null, doc: string])[]
  readonly owned: readonly (readonly [key: string, owner: string])[]
  readonly outbox: number
}

export async function readLedger(worker: LocalWorker, backing: Backing): Promise<Ledger> {
  const socket = backing.redisSocket
  const { people, owned, outbox } = await (socket === null ? inD1(worker) : inRedis(socket))
  const living = people.filter(([, mergedInto]) => mergedInto === null)
  const profiles = new Map(living.map(([id, , doc]) => [id, storedProfile(JSON.parse(doc))]))
  const [unfinished] = await rowsOf<{ n: number }>(
    worker,
    "SELECT (SELECT count(*) FROM manifest WHERE state <> 'done') + (SELECT count(*) FROM compaction) AS n",
  )
  return {
    profiles,
    tombstones: new Map(people.flatMap(([id, into]) => (into === null ? [] : [[id, into]]))),
    // Who let a device go owns nothing by it.
    owners: new Map(owned.filter(([key]) => !key.startsWith('$'))),
    claimed: [...profiles].flatMap(([id, { identifiers }]) =>
      identifiers.map(({ type, value }) => [`${type}:${value}`, id] as const),
    ),
    outbox,
    unfinished: unfinished?.n ?? -1,
  }
}

async function rowsOf<T>(worker: LocalWorker, sql: string): Promise<T[]> {
  const database = await worker.database()
  return (await database.prepare(sql).all<T>()).results
}

async function inD1(worker: LocalWorker): Promise<Stored> {
  const people = await rowsOf<{ id: string; merged_into: string | null; doc: string }>(
    worker,
    'SELECT id, merged_into, doc FROM profile ORDER BY id',
  )
  const owned = await rowsOf<{ type: string; value: string; profile_id: string }>(
    worker,
    'SELECT type, value, profile_id FROM identifier ORDER BY type, value',
  )
  const [outbox] = await rowsOf<{ n: number }>(worker, 'SELECT count(*) AS n FROM outbox')
  return {
    people: people.map(({ id, merged_into, doc }) => [id, merged_into, doc]),
    owned: owned.map(({ type, value, profile_id }) => [`${type}:${value}`, profile_id]),
    outbox: outbox?.n ?? -1,
  }
}

async function inRedis(socket: string): Promise<Stored> {
  const [keys] = (await askRedis(socket, [['KEYS', '*']])) as [string[]]
  const named = (letter: string): string[] =>
    keys.filter((key) => key.startsWith(`tsugi:${letter}:`)).sort()
  const texts = async (letter: string): Promise<(readonly [name: string, text: string])[]> => {
    const names = named(letter)
    const replies = await askRedis(
      socket,
      names.map((name) => ['GET', name]),
    )
    return names.map((name, i) => [name.slice('tsugi:p:'.length), replies[i] as string])
  }
  const lengths = await askRedis(
    socket,
    named('o').map((stream) => ['XLEN', stream]),
  )
  return {
    people: (await texts('p')).map(([id, text]) => {
      const [, , mergedInto, ...doc] = text.split('|')
      return [id, mergedInto || null, doc.join('|')]
    }),
    owned: await texts('i'),
    outbox: lengths.reduce<number>((sum, length) => sum + Number(length), 0),
  }
}

/** The warehouse's rows as records, in the order of the log. */
export async function readRows(warehouse: Warehouse): Promise<EventRecord[]> {
  const rows = await warehouse.query(
    `SELECT message_id, type, profile_id, epoch_ms(timestamp) AS t, epoch_ms(received_at) AS r,
       event, source, traits, properties, identifiers, released, late, epoch
     FROM read_parquet('${warehouse.folder}/events/**/*.parquet', file_row_number = true)
     ORDER BY outbox_seq, filename, file_row_number`,
  )
  return rows.map((row) => ({
    messageId: row['message_id'] as string,
    type: row['type'] as EventRecord['type'],
    profileId: row['profile_id'] as string,
    timestampMs: Number(row['t']),
    receivedAtMs: Number(row['r']),
    originalTimestampMs: null,
    sentAtMs: null,
    source: row['source'] as string,
    epoch: Number(row['epoch']),
    ...(row['late'] === true ? { late: true as const } : {}),
    ...(row['event'] === null ? {} : { event: row['event'] as string }),
    ...parsed(row, ['traits', 'properties', 'identifiers', 'released']),
  }))
}

const parsed = (row: Readonly<Record<string, unknown>>, columns: readonly string[]): object =>
  Object.fromEntries(
    columns.flatMap((column) =>
      row[column] === null ? [] : [[column, JSON.parse(row[column] as string)]],
    ),
  )

/** Who owns what, by the log alone: each keeps what it was said to keep, a merge hands over. */
export function ownersIn(records: readonly EventRecord[]): Map<string, string> {
  const owners = new Map<string, string>()
  for (const { type, profileId, properties, identifiers = [], released = [] } of records) {
    if (type === '$merge') {
      const { absorbed, survivor } = properties as { absorbed: string; survivor: string }
      for (const [key, owner] of owners) if (owner === absorbed) owners.set(key, survivor)
    }
    for (const key of identifiers) owners.set(key, profileId as string)
    for (const key of released) owners.delete(key)
  }
  return owners
}

/** Who a logged profileId is now: the warehouse's own `$merge` rows tell. */
export function survivorOf(records: readonly EventRecord[]): (profileId: string) => string {
  const into = new Map<string, string>()
  for (const { type, properties } of records) {
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

/** The files as an analyst reads them: through DuckDB, from the folder layout of the bucket. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { EventRecord } from '../../worker/core/record.ts'
import { compactFile } from '../../worker/warehouse/compact-file.ts'
import { encodeBatch } from '../../worker/warehouse/encode-batch.ts'
import type { ObjectReader, Piece } from '../../worker/warehouse/ports.ts'

const HOUR_MS = 3_600_000
/** 2026-03-01T23:00:00Z: the next hour is another day. */
const START_MS = Date.UTC(2026, 2, 1, 23)
/** More than two row groups in the first file. */
const HOURS = [21_000, 400]
const EVENTS = ['Product Viewed', 'Product Added', 'Order Completed', '注文完了']

const records = HOURS.map((count, hour) =>
  Array.from({ length: count }, (_, n): EventRecord => {
    const receivedAtMs = START_MS + hour * HOUR_MS + n * 100
    return {
      type: n % 10 === 0 ? 'page' : 'track',
      messageId: `m-${hour}-${n}`,
      source: 'shop',
      profileId: n % 7 === 0 ? null : `p${n % 500}`,
      epoch: 1 + hour,
      anonymousId: `anon-${n % 500}`,
      ...(n % 10 === 0 ? { name: 'ニット' } : { event: EVENTS[n % 4]! }),
      properties: { revenue: n / 100, product_id: `K-${n % 30}`, items: [{ id: n }] },
      context: { page: { path: `/p/${n % 30}` }, locale: 'ja-JP' },
      timestampMs: receivedAtMs - (n % 3000),
      receivedAtMs,
      originalTimestampMs: n % 2 === 0 ? receivedAtMs - 5000 : null,
      sentAtMs: n % 2 === 0 ? receivedAtMs - 20 : null,
      ...(n % 1000 === 0 ? { late: true as const } : {}),
      ...(n % 50 === 0 ? { claims: ['email:taro@example.com'] } : {}),
    }
  }),
)
const odd: EventRecord = {
  ...records[1]![1]!,
  messageId: 'odd',
  event: 'lone \ud800 surrogate',
  properties: { 'k\udfff': '\ud83d', nul: '\0', huge: 1e308, deep: { a: [[{ b: '' }]] } },
}

let folder: string
let duckdb: DuckDBConnection

/** As the records were committed: 20 to an outbox row. */
async function* pages(all: readonly EventRecord[]) {
  for (let i = 0; i < all.length; i += 20) {
    const body = JSON.stringify({ v: 1, records: all.slice(i, i + 20) })
    yield [{ seq: 1 + i / 20, receivedMs: all[i]!.receivedAtMs, body }]
  }
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tsugi-parquet-'))
  for (const [hour, inHour] of [records[0]!, [...records[1]!, odd]].entries()) {
    const range = {
      fromSeq: 1,
      toSeq: Math.ceil(inHour.length / 20),
      hourMs: START_MS + hour * HOUR_MS,
      entries: Math.ceil(inHour.length / 20),
    }
    const { batch, file } = await encodeBatch('d1', range, pages(inHour))
    await mkdir(dirname(join(folder, batch.path)), { recursive: true })
    await writeFile(join(folder, batch.path), file)
  }
  duckdb = await (await DuckDBInstance.create(':memory:')).connect()
  await duckdb.run(
    `CREATE VIEW events AS SELECT * FROM read_parquet('${folder}/events/**/*.parquet', hive_partitioning = true)`,
  )
})
afterAll(async () => {
  duckdb?.closeSync()
  await rm(folder, { recursive: true, force: true })
})

/** As DuckDB writes it. */
const iso = ({ receivedAtMs }: EventRecord): string =>
  new Date(receivedAtMs)
    .toISOString()
    .replace('T', ' ')
    .replace(/\.?0*Z$/, '+00')

const folderReader: ObjectReader = {
  async tail(path, bytes) {
    const file = await readFile(join(folder, path))
    return { size: file.length, end: Uint8Array.from(file.subarray(-bytes)).buffer }
  },
  async slice(path, from, to) {
    return Uint8Array.from((await readFile(join(folder, path))).subarray(from, to)).buffer
  },
}

async function query(sql: string): Promise<unknown[][]> {
  const reader = await duckdb.runAndReadAll(sql)
  return reader.getRowsJson()
}

const all = [...records.flat(), odd]
const count = (holds: (record: EventRecord) => boolean): string => String(all.filter(holds).length)

describe('DuckDB', () => {
  test('sees the documented columns and types', async () => {
    const described = await query('DESCRIBE events')
    expect(described.map(([name, type]) => `${String(name)} ${String(type)}`)).toEqual([
      'message_id VARCHAR',
      'type VARCHAR',
      'event VARCHAR',
      'anonymous_id VARCHAR',
      'user_id VARCHAR',
      'group_id VARCHAR',
      'previous_id VARCHAR',
      'name VARCHAR',
      'category VARCHAR',
      'source VARCHAR',
      'profile_id VARCHAR',
      'epoch INTEGER',
      'timestamp TIMESTAMP WITH TIME ZONE',
      'received_at TIMESTAMP WITH TIME ZONE',
      'original_timestamp TIMESTAMP WITH TIME ZONE',
      'sent_at TIMESTAMP WITH TIME ZONE',
      'late BOOLEAN',
      'preview BOOLEAN',
      'properties VARCHAR',
      'traits VARCHAR',
      'context VARCHAR',
      'integrations VARCHAR',
      'claims VARCHAR',
      'identifiers VARCHAR',
      'released VARCHAR',
      'outbox_seq BIGINT',
      'dt DATE',
      'hour VARCHAR',
    ])
  })

  test('counts every messageId once, in the partition of its hour', async () => {
    expect(await query('SELECT count(*), count(DISTINCT message_id) FROM events')).toEqual([
      [String(all.length), String(all.length)],
    ])
    expect(
      await query(
        'SELECT dt::VARCHAR, hour, count(*), count(DISTINCT profile_id) FROM events GROUP BY ALL ORDER BY ALL',
      ),
    ).toEqual([
      ['2026-03-01', '23', '21000', String(new Set(records[0]!.map((r) => r.profileId)).size - 1)],
      ['2026-03-02', '00', '401', String(new Set(records[1]!.map((r) => r.profileId)).size - 1)],
    ])
  })

  test('reads the four times to the millisecond', async () => {
    const [row] = await query(
      `SELECT epoch_ms(timestamp), epoch_ms(received_at), epoch_ms(original_timestamp), epoch_ms(sent_at),
         strftime(timezone('UTC', received_at), '%Y-%m-%dT%H:%M:%S.%gZ')
       FROM events WHERE message_id = 'm-0-12346'`,
    )
    const at = START_MS + 1_234_600
    const times = [at - (12_346 % 3000), at, at - 5000, at - 20]
    expect(row).toEqual([...times.map(String), new Date(at).toISOString()])
    const [sums] = await query(
      'SELECT sum(epoch_ms(timestamp) - epoch_ms(received_at)), count(sent_at), count(original_timestamp) FROM events',
    )
    const shift = all.reduce((sum, r) => sum + r.timestampMs - r.receivedAtMs, 0)
    const told = count((r) => r.sentAtMs !== null)
    expect(sums).toEqual([String(shift), told, told])
  })

  test.each(EVENTS)('finds "%s" by its statistics, also beyond 16 bytes', async (event) => {
    expect(await query(`SELECT count(*) FROM events WHERE event = '${event}'`)).toEqual([
      [count((r) => r.event === event)],
    ])
  })

  test('finds a range of time', async () => {
    const from = START_MS + 600_000
    const sql = `SELECT count(*) FROM events
      WHERE timestamp >= to_timestamp(${from / 1000}) AND timestamp < to_timestamp(${from / 1000 + 300})`
    const inRange = count((r) => r.timestampMs >= from && r.timestampMs < from + 300_000)
    expect(await query(sql)).toEqual([[inRange]])
  })

  test('tells null from empty, and counts flags', async () => {
    expect(
      await query(
        `SELECT count(*) FILTER (late), count(profile_id), count(event), count(user_id), count(claims) FROM events`,
      ),
    ).toEqual([
      [
        count((r) => r.late === true),
        count((r) => r.profileId !== null),
        count((r) => r.event !== undefined),
        '0',
        count((r) => r.claims !== undefined),
      ],
    ])
  })

  test('reads into the JSON of every row', async () => {
    const [row] = await query(
      `SELECT sum((properties->>'$.revenue')::DECIMAL(18, 2))::VARCHAR,
         count(DISTINCT context->>'$.page.path'), sum((properties->'$.items[0].id')::BIGINT)::VARCHAR,
         count(*) FILTER (json_valid(properties) AND json_valid(context))
       FROM events WHERE message_id <> 'odd'`,
    )
    const cents = records
      .flat()
      .reduce((sum, r) => sum + Math.round(Number(r.properties!['revenue']) * 100), 0)
    expect(row).toEqual([(cents / 100).toFixed(2), '30', String(cents), String(all.length - 1)])
  })

  test('reads the odd record', async () => {
    const [row] = await query(
      `SELECT event, json_valid(properties), properties->>'k\ufffd', properties->>'$.deep.a[0][0].b',
         (properties->>'huge')::DOUBLE FROM events WHERE message_id = 'odd'`,
    )
    expect(row).toEqual(['lone \ufffd surrogate', true, '\ufffd', '', 1e308])
  })

  test('reads the same rows from a compacted file, with row groups and statistics', async () => {
    const hour = records[0]!.slice(0, 13_000)
    const pieces: Piece[] = []
    for (let from = 0; from < hour.length; from += 1000) {
      const path = `small/${String(from).padStart(6, '0')}.parquet`
      const range = { fromSeq: from + 1, toSeq: from + 50, hourMs: START_MS, entries: 50 }
      const { batch, file } = await encodeBatch('d1', range, pages(hour.slice(from, from + 1000)))
      await mkdir(dirname(join(folder, path)), { recursive: true })
      await writeFile(join(folder, path), file)
      const { batchId, rows } = batch
      pieces.push({ fromSeq: from + 1, batchId, path, firstRow: 0, rows })
    }
    const compacted = await compactFile(folderReader, pieces)
    await writeFile(join(folder, 'compacted.parquet'), compacted)
    const [one, many] = [`'${folder}/compacted.parquet'`, `'${folder}/small/*.parquet'`]
    for (const [a, b] of [
      [one, many],
      [many, one],
    ]) {
      const difference = `SELECT count(*) FROM (FROM read_parquet(${a}) EXCEPT ALL FROM read_parquet(${b}))`
      expect(await query(difference)).toEqual([['0']])
    }
    expect(
      await query(
        `SELECT row_group_num_rows, stats_min_value, stats_max_value FROM parquet_metadata(${one})
         WHERE path_in_schema = 'received_at' ORDER BY row_group_id`,
      ),
    ).toEqual([
      ['10000', iso(hour[0]!), iso(hour[9999]!)],
      ['3000', iso(hour[10_000]!), iso(hour[12_999]!)],
    ])
    const sizes = await Promise.all(pieces.map(({ path }) => readFile(join(folder, path))))
    const total = sizes.reduce((sum, { length }) => sum + length, 0)
    expect(compacted.length).toBeLessThan(total)
  })

  test('is told the row groups, their statistics and the version of the schema', async () => {
    const file = `'${folder}/events/dt=2026-03-01/hour=23/*.parquet'`
    expect(
      await query(
        `SELECT row_group_num_rows, stats_min_value, stats_max_value, stats_null_count, compression
         FROM parquet_metadata(${file}) WHERE path_in_schema = 'type' ORDER BY row_group_id`,
      ),
    ).toEqual([
      ['10000', 'page', 'track', '0', 'SNAPPY'],
      ['10000', 'page', 'track', '0', 'SNAPPY'],
      ['1000', 'page', 'track', '0', 'SNAPPY'],
    ])
    expect(
      await query(`SELECT decode(key), decode(value) FROM parquet_kv_metadata(${file})`),
    ).toEqual([['tsugi.schema', 'events/3']])
  })

  test('runs the queries of docs/warehouse.md', async () => {
    const page = await readFile('docs/warehouse.md', 'utf8')
    const block = /```sql\n([\s\S]*?)```/.exec(page)![1]!
    const local = await (await DuckDBInstance.create(':memory:')).connect()
    const results = []
    for (const statement of block.replace("'bucket/", `'${folder}/`).split(';')) {
      if (statement.trim() === '') continue
      results.push((await local.runAndReadAll(statement)).getRowsJson())
    }
    local.closeSync()
    const [, distinct, byProduct, days] = results
    expect(distinct).toEqual([[String(records[0]!.length)]])
    const orders = records[0]!.filter((r) => r.event === 'Order Completed' && r.late !== true)
    const products = new Set(orders.map((r) => r.properties!['product_id']))
    expect(byProduct).toHaveLength(products.size)
    const cents = (value: unknown): number => Math.round(Number(value) * 100)
    expect(byProduct!.reduce((sum, row) => sum + cents(row[2]), 0)).toBe(
      orders.reduce((sum, r) => sum + cents(r.properties!['revenue']), 0),
    )
    const people = new Set(all.map((r) => r.profileId).filter((id) => id !== null))
    // 23:00 and 00:00 UTC are 08:00 and 09:00 of one day in Tokyo.
    expect(days).toEqual([[expect.stringContaining('2026-03-02'), String(people.size)]])
  })
})

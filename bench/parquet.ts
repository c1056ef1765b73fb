/**
 * Parquet sync: rows a second from outbox bodies to file, against
 * hyparquet-writer alone on the same rows, made into its columns beforehand.
 */
import { parquetWriteBuffer, type ColumnSource } from 'hyparquet-writer'
import type { EventRecord } from '../worker/core/record.ts'
import { RECORD_COLUMNS, SEQ_COLUMN } from '../worker/warehouse/columns.ts'
import { encodeBatch } from '../worker/warehouse/encode-batch.ts'
import type { OutboxEntry } from '../worker/warehouse/ports.ts'
import { interleave } from './harness/interleave.ts'
import { number, type Bench, type Report } from './harness/row.ts'

const ENTRIES = 5_000
const ROWS = ENTRIES * 2
const ROUNDS = 15
const WARM_UPS = 5
const BUDGET = 0.6
const START_MS = Date.UTC(2026, 2, 1, 9)

/** Events of a shop as analytics.js sends them: about 900 bytes of JSON each. */
function eventRecord(n: number): EventRecord {
  const at = START_MS + n * 37
  return {
    type: n % 3 === 0 ? 'page' : 'track',
    messageId: `ajs-next-${at}-${(n * 2_654_435_761) % 4_294_967_296}`,
    source: 'shop',
    profileId: `0198f3a2-7c${n % 3000}`,
    epoch: 12,
    anonymousId: `b7c1e8a0-33d2-4c5e-9f00-${n % 3000}`,
    ...(n % 5 === 0 ? { userId: `user-${n % 900}` } : {}),
    ...(n % 3 === 0
      ? { name: 'ニット' }
      : { event: ['Product Viewed', 'Product Added', 'Order Completed'][n % 3] as string }),
    properties: {
      product_id: `K-${n % 400}`,
      name: `ラムウール クルーネック ${n % 400}`,
      price: 12_800 + (n % 50) * 100,
      currency: 'JPY',
      url: `https://shop.example/products/K-${n % 400}?ref=${n}`,
    },
    context: {
      page: {
        path: `/products/K-${n % 400}`,
        referrer: 'https://www.google.com/',
        title: '糸と布',
      },
      userAgent: 'Mozilla/5.0 (X11; Linux x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0',
      locale: 'ja-JP',
      timezone: 'Asia/Tokyo',
      library: { name: 'tsugi.js', version: '0.1.0' },
      campaign: n % 4 === 0 ? { source: 'mail', name: 'spring' } : {},
      sessionId: `s-${n % 5000}`,
    },
    timestampMs: at - (n % 900),
    receivedAtMs: at,
    originalTimestampMs: at - (n % 900) - 40,
    sentAtMs: at - 40,
  }
}

const entries = Array.from({ length: ENTRIES }, (_, n): OutboxEntry => {
  const records = [eventRecord(2 * n), eventRecord(2 * n + 1)]
  return { seq: n + 1, receivedMs: START_MS, body: JSON.stringify({ v: 1, records }) }
})
const range = { fromSeq: 1, toSeq: ENTRIES, hourMs: START_MS, entries: ENTRIES }

async function* pages() {
  for (let i = 0; i < ENTRIES; i += 500) yield entries.slice(i, i + 500)
}
const ours = async (): Promise<number> => (await encodeBatch('d1', range, pages())).file.byteLength

/** The same rows as a caller of the library would hand them over, with its own defaults. */
function peerColumns(): ColumnSource[] {
  const records = entries.flatMap(
    ({ body }) => (JSON.parse(body) as { records: EventRecord[] }).records,
  )
  const columns = Object.entries(RECORD_COLUMNS).map(([field, { name, kind }]): ColumnSource => {
    const values = records.map((record) => record[field as keyof EventRecord] ?? null)
    switch (kind) {
      case 'text':
        return { name, type: 'STRING', data: values }
      case 'json':
        return {
          name,
          type: 'STRING',
          data: values.map((v) => (v === null ? v : JSON.stringify(v))),
        }
      case 'time':
        return {
          name,
          type: 'TIMESTAMP',
          data: values.map((v) => (v === null ? v : new Date(Number(v)))),
        }
      case 'integer':
        return { name, type: 'INT32', data: values }
      case 'flag':
        return { name, type: 'BOOLEAN', data: values.map((v) => v === true) }
    }
  })
  const seqs = records.map((_, n) => BigInt(1 + Math.floor(n / 2)))
  return [...columns, { name: SEQ_COLUMN.name, type: 'INT64', data: seqs }]
}
const peer = (columnData: ColumnSource[]): number =>
  parquetWriteBuffer({ columnData, rowGroupSize: 10_000 }).byteLength

/** Milliseconds a side takes. */
const timed = async (work: () => number | Promise<number>): Promise<number> => {
  const startMs = performance.now()
  await work()
  return performance.now() - startMs
}

async function run(): Promise<Report> {
  for (let i = 0; i < WARM_UPS; i++) {
    await ours()
    peer(peerColumns())
  }
  const medians = await interleave(
    ROUNDS,
    () => timed(ours),
    () => {
      // Made anew, untimed: strings that were hashed in an earlier round would flatter it.
      const columnData = peerColumns()
      return timed(() => peer(columnData))
    },
  )
  const perSecond = (ms: number): string => number((ROWS / ms) * 1000)
  const characters = entries.reduce((sum, { body }) => sum + body.length, 0) / ROWS
  return {
    rows: [
      {
        what: 'Parquet sync, rows a second from outbox bodies to file',
        peer: 'hyparquet-writer alone, on ready-made columns',
        theirs: perSecond(medians.theirs),
        ours: perSecond(medians.ours),
        ratio: medians.theirsToOurs,
        budget: `≥ ${BUDGET}`,
        met: medians.theirsToOurs >= BUDGET,
      },
    ],
    notes: [
      `Parquet: ${number(ROWS)} rows of ${number(characters)} characters each, ${ROUNDS} rounds; ` +
        `file ${number(await ours())} bytes, theirs ${number(peer(peerColumns()))}.`,
    ],
  }
}

export const parquetBench: Bench = {
  about: 'Parquet sync against hyparquet-writer alone',
  run,
}

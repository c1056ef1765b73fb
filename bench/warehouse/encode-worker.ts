/** Inside workerd, on request: our encoder on outbox bodies, or the library alone on columns made beforehand. */
import { parquetWriteBuffer, type ColumnSource } from 'hyparquet-writer'
import type { EventRecord } from '../../worker/core/record.ts'
import { RECORD_COLUMNS, SEQ_COLUMN } from '../../worker/warehouse/columns.ts'
import { encodeBatch } from '../../worker/warehouse/encode-batch.ts'
import { entriesOf, START_MS } from './events.ts'

const ENTRIES = 5_000

const entries = entriesOf(ENTRIES)
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
let columns: ColumnSource[] = []
const theirs = (): number => {
  const bytes = parquetWriteBuffer({ columnData: columns, rowGroupSize: 10_000 }).byteLength
  columns = []
  return bytes
}
/** Made anew each time: strings that were hashed in an earlier round would flatter it. */
const prepare = (): number => {
  columns = peerColumns()
  return entries.reduce((sum, { body }) => sum + body.length, 0) / (2 * ENTRIES)
}

const SIDES: Readonly<Record<string, () => number | Promise<number>>> = {
  '/ours': ours,
  '/theirs': theirs,
  '/prepare': prepare,
}

export default {
  async fetch(request: Request): Promise<Response> {
    const side = SIDES[new URL(request.url).pathname]
    return side === undefined
      ? new Response(null, { status: 404 })
      : Response.json({ result: await side() })
  },
}

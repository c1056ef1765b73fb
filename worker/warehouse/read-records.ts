/**
 * Files back into records, a row group at a time: the other direction of
 * rows.ts. Only what a profile is made of is read; the rest of a row stays in
 * the file.
 */
import { parquetMetadataAsync, parquetScan, type AsyncBuffer, type FileMetaData } from 'hyparquet'
import type { EventRecord } from '../core/record.ts'
import { StoreError } from '../flow/ports.ts'
import { BrokenFileError, type FiledBatch, type LoggedRecord } from '../flow/replay-ports.ts'
import { RECORD_COLUMNS, SEQ_COLUMN, type RecordField } from './columns.ts'
import { UNREADABLE } from './rows.ts'

/** Whatever a fold, a merge or the order of the log reads. */
const FIELDS = [
  'type',
  'messageId',
  'source',
  'profileId',
  'epoch',
  'anonymousId',
  'userId',
  'event',
  'name',
  'properties',
  'traits',
  'context',
  'timestampMs',
  'receivedAtMs',
  'late',
  'preview',
  'identifiers',
  'released',
] as const satisfies readonly RecordField[]

/** A file of version 2 is of before there were previews. */
const SINCE_VERSION_3: ReadonlySet<RecordField> = new Set(['preview'])

/** A small file comes with its footer in one request. */
const TAIL_BYTES = 262_144

/** @param bucket only its ranged reads are used */
export async function* readRecords(
  bucket: Pick<R2Bucket, 'get' | 'head'>,
  batch: FiledBatch,
  fromRow: number,
): AsyncGenerator<readonly LoggedRecord[]> {
  const { path } = batch
  const file = await openFile(bucket, path)
  const { metadata, names } = await footerOf(file, path)
  const missing = FIELDS.filter((field) => !SINCE_VERSION_3.has(field))
    .map((field) => RECORD_COLUMNS[field].name)
    .filter((name) => !names.has(name))
  if (missing.length > 0) {
    throw new BrokenFileError(
      `${path} has no column ${missing.join(', ')}: it is no event file, or older than version 2`,
    )
  }
  let start = 0
  let next = batch.firstRow + fromRow
  const end = batch.firstRow + batch.rows
  for (const group of metadata.row_groups) {
    const groupEnd = start + Number(group.num_rows)
    if (next < groupEnd && next < end) {
      const rowEnd = Math.min(groupEnd, end)
      yield await rowsOf(file, metadata, path, next, rowEnd)
      next = rowEnd
    }
    start = groupEnd
  }
  if (next < end) {
    throw new BrokenFileError(`${path} ends at row ${start}, and ${end} were written`)
  }
}

/**
 * Single records of a moment, by messageId. Only row groups that were written
 * around then are read, and of their rows no more than the ids.
 */
export async function findRecords(
  bucket: Pick<R2Bucket, 'get' | 'head'>,
  path: string,
  messageIds: ReadonlySet<string>,
  atMs: number,
): Promise<EventRecord[]> {
  const file = await openFile(bucket, path)
  const { metadata } = await footerOf(file, path)
  const found: EventRecord[] = []
  let start = 0
  for (const group of metadata.row_groups) {
    const end = start + Number(group.num_rows)
    if (mayHold(group, atMs)) {
      const ids = await idsOf(file, metadata, path, start, end)
      for (let i = 0; i < ids.length; i++) {
        if (!messageIds.has(ids[i] as string)) continue
        const [row] = await rowsOf(file, metadata, path, start + i, start + i + 1)
        if (row?.record != null) found.push(row.record)
      }
    }
    start = end
  }
  return found
}

/** By what the group's footer says of its times; true where it says nothing. */
function mayHold({ columns }: FileMetaData['row_groups'][number], atMs: number): boolean {
  const { name } = RECORD_COLUMNS.timestampMs
  const column = columns.find(({ meta_data }) => meta_data?.path_in_schema.join('.') === name)
  const { min_value: least, max_value: most } = column?.meta_data?.statistics ?? {}
  if (least === undefined || most === undefined) return true
  return Number(least) <= atMs && atMs <= Number(most)
}

async function idsOf(
  file: AsyncBuffer,
  metadata: FileMetaData,
  path: string,
  rowStart: number,
  rowEnd: number,
): Promise<ArrayLike<unknown>> {
  const column = RECORD_COLUMNS.messageId.name
  try {
    const scan = await parquetScan({ file, metadata, columns: [column], rowStart, rowEnd })
    return (await scan.readColumn({ column, rowStart, rowEnd })) as ArrayLike<unknown>
  } catch (cause) {
    throw brokenBy(cause, path)
  }
}

const namesIn = ({ schema }: FileMetaData): ReadonlySet<string> =>
  new Set(schema.map(({ name }) => name))

async function footerOf(file: AsyncBuffer, path: string) {
  try {
    const metadata = await parquetMetadataAsync(file, { initialFetchSize: TAIL_BYTES })
    return { metadata, names: namesIn(metadata) }
  } catch (cause) {
    throw brokenBy(cause, path)
  }
}

type Columns = { readonly [name: string]: ArrayLike<unknown> }

async function rowsOf(
  file: AsyncBuffer,
  metadata: FileMetaData,
  path: string,
  rowStart: number,
  rowEnd: number,
): Promise<LoggedRecord[]> {
  try {
    const names = namesIn(metadata)
    const columns = [...FIELDS.map((field) => RECORD_COLUMNS[field].name), SEQ_COLUMN.name].filter(
      (name) => names.has(name),
    )
    const scan = await parquetScan({
      file,
      metadata,
      columns,
      rowStart,
      rowEnd,
      parsers: { timestampFromMilliseconds: Number },
    })
    const values: Record<string, ArrayLike<unknown>> = {}
    for (const column of columns) {
      values[column] = (await scan.readColumn({ column, rowStart, rowEnd })) as ArrayLike<unknown>
    }
    return Array.from({ length: rowEnd - rowStart }, (_, row) => loggedOf(values, row))
  } catch (cause) {
    throw brokenBy(cause, path)
  }
}

function loggedOf(columns: Columns, row: number): LoggedRecord {
  const fields: Partial<Record<RecordField, unknown>> = {}
  for (const field of FIELDS) {
    const { name, kind } = RECORD_COLUMNS[field]
    const value = columns[name]?.[row] ?? null
    if (value !== null) fields[field] = kind === 'json' ? JSON.parse(value as string) : value
  }
  // A record has them only where they are true.
  if (fields.late === false) delete fields.late
  if (fields.preview === false) delete fields.preview
  return {
    seq: Number(columns[SEQ_COLUMN.name]?.[row]),
    receivedMs: fields.receivedAtMs as number,
    record:
      fields.type === UNREADABLE
        ? null
        : ({
            profileId: null,
            originalTimestampMs: null,
            sentAtMs: null,
            ...fields,
          } as unknown as EventRecord),
  }
}

/** What hyparquet throws says what is wrong, and never where. */
function brokenBy(cause: unknown, path: string): BrokenFileError | StoreError {
  if (cause instanceof BrokenFileError || cause instanceof StoreError) return cause
  const why = cause instanceof Error ? cause.message : String(cause)
  return new BrokenFileError(`${path} cannot be read: ${why}`, { cause })
}

async function openFile(
  bucket: Pick<R2Bucket, 'get' | 'head'>,
  path: string,
): Promise<AsyncBuffer> {
  const read = async (range: R2Range): Promise<{ size: number; bytes: ArrayBuffer }> => {
    const object = await getRange(bucket, path, range)
    if (object === null) throw new BrokenFileError(`${path} is not in the bucket`)
    return { size: object.size, bytes: await object.arrayBuffer() }
  }
  const { size, bytes: tail } = await read({ suffix: TAIL_BYTES })
  const tailFrom = size - tail.byteLength
  return {
    byteLength: size,
    async slice(from, to = size) {
      if (from >= tailFrom) return tail.slice(from - tailFrom, to - tailFrom)
      return (await read({ offset: from, length: to - from })).bytes
    },
  }
}

/** R2 refuses any range of an empty object, in words like those of an outage. */
async function getRange(
  bucket: Pick<R2Bucket, 'get' | 'head'>,
  path: string,
  range: R2Range,
): Promise<R2ObjectBody | null> {
  try {
    return await bucket.get(path, { range })
  } catch (cause) {
    if ((await bucket.head(path))?.size === 0) throw new BrokenFileError(`${path} is empty`)
    throw new StoreError('the bucket did not answer as it should', { cause })
  }
}

/** A file of people as lines for the worker, read as a stream: no file is too large. */
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { pipeline, Transform } from 'node:stream'
import { parse, type CsvError, type Parser } from 'csv-parse'
import { UsageError } from './connection.ts'
import { encodingFault, isFileError, NOT_UTF8, whyNot } from './text-file.ts'

/** One line of NDJSON, and where it stood. */
export interface FileLine {
  readonly line: number
  readonly json: string
}
export interface FileFault {
  readonly line: number
  readonly wrong: string
}

export interface ListFile {
  readonly bytes: number
  readonly bytesRead: () => number
  /** What is no CSV at all is told here; the worker tells the rest. */
  readonly faults: readonly FileFault[]
  readonly lines: AsyncIterable<FileLine>
}

export interface ListFileOptions {
  /** Column that holds the identifiers, and of which type they are. */
  readonly column?: string
  readonly type?: string
}

const COLUMNS = ['user_id', 'email', 'phone', 'anonymous_id']

export async function openListFile(path: string, options: ListFileOptions): Promise<ListFile> {
  const found = await stat(path).catch((error: unknown) => {
    if (!isFileError(error)) throw error
    throw new UsageError(`Cannot read ${path}: ${whyNot(error)}.`, { cause: error })
  })
  if (found.isDirectory()) throw new UsageError(`${path} is a folder, where a file is wanted.`)
  const { size } = found
  const ending = /\.(csv|ndjson|jsonl)$/i.exec(path)?.[1]?.toLowerCase()
  if (ending === undefined) throw new UsageError(`${path}: expected a .csv, .ndjson or .jsonl file`)
  if (ending !== 'csv' && options.column !== undefined) {
    throw new UsageError('--column names a column of CSV; lines of NDJSON have "type" and "value".')
  }
  if (size === 0) throw new UsageError(`${path} is empty: it names nobody.`)
  const stream = createReadStream(path)
  const text = pipeline(stream, utf8Of(path), () => undefined)
  const faults: FileFault[] = []
  return {
    bytes: size,
    bytesRead: () => stream.bytesRead,
    faults,
    lines: ending === 'csv' ? csvLines(text, options, faults) : jsonLines(text, faults),
  }
}

/** Passes UTF-8 on as it is, and nothing else: a name in another encoding would be garbled unseen. */
function utf8Of(path: string): Transform {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let line = 1
  let begun = false
  return new Transform({
    transform(piece: Buffer, _encoding, done) {
      const told = begun ? null : encodingFault(piece)
      begun = true
      if (told !== null) return done(new UsageError(`${path} ${told}`))
      try {
        line += decoder.decode(piece, { stream: true }).split('\n').length - 1
      } catch {
        return done(new UsageError(`${path} ${NOT_UTF8} The fault is on line ${line} or after it.`))
      }
      done(null, piece)
    },
  })
}

type Stream = Transform

/** Who somebody is fits in far less. */
const LINE_CHARS = 32_000
const TOO_LONG = `longer than ${LINE_CHARS} characters`

async function* jsonLines(stream: Stream, faults: FileFault[]): AsyncGenerator<FileLine> {
  let line = 0
  for await (const text of linesOf(stream.setEncoding('utf8'))) {
    line++
    if (text === null) {
      faults.push({ line, wrong: TOO_LONG })
    } else if (text.trim() !== '') {
      yield { line, json: line === 1 ? text.replace(/^\uFEFF/, '') : text }
    }
  }
}

/** Splits at line ends; null stands for a line too long to be held. */
async function* linesOf(stream: AsyncIterable<string>): AsyncGenerator<string | null> {
  let held = ''
  let isTooLong = false
  for await (const piece of stream) {
    const [first = '', ...others] = piece.split('\n')
    held += isTooLong ? '' : first
    for (const next of others) {
      yield isTooLong || held.length > LINE_CHARS ? null : held
      held = next
      isTooLong = false
    }
    isTooLong ||= held.length > LINE_CHARS
    if (isTooLong) held = ''
  }
  if (isTooLong) yield null
  else if (held !== '') yield held
}

interface Row {
  readonly info: { readonly lines: number }
  readonly record: Readonly<Record<string, string>>
}

async function* csvLines(
  stream: Stream,
  options: ListFileOptions,
  faults: FileFault[],
): AsyncGenerator<FileLine> {
  const rows = parse({
    columns: (header: string[]) => checkedHeader(header, options),
    bom: true,
    trim: true,
    skip_empty_lines: true,
    relax_column_count: true,
    info: true,
    // One bad line holds up none of the others.
    skip_records_with_error: true,
    on_skip: (error: CsvError | undefined) => {
      faults.push({ line: Number(error?.['lines'] ?? 0), wrong: error?.message ?? 'not CSV' })
      return undefined
    },
  })
  const guard = endlessGuard(rows, faults)
  stream.on('error', (error) => rows.destroy(error))
  guard.on('error', (error) => rows.destroy(error))
  for await (const { info, record } of stream.pipe(guard).pipe(rows) as AsyncIterable<Row>) {
    const json = JSON.stringify(fieldsOf(record, options))
    if (json.length <= LINE_CHARS) yield { line: info.lines, json }
    else faults.push({ line: info.lines, wrong: TOO_LONG })
  }
}

/** So much may pass without a record: more is a quote that nobody closed, or no CSV. */
const RECORD_BYTES = 1_000_000

/** The parser holds a record until it ends; one that never does would be held whole. */
function endlessGuard(rows: Parser, faults: readonly FileFault[]): Transform {
  let told = 0
  let bytes = 0
  return new Transform({
    transform(piece: Buffer, _encoding, done) {
      const count = rows.info.records + faults.length
      bytes = count === told ? bytes + piece.length : piece.length
      told = count
      if (bytes <= RECORD_BYTES) done(null, piece)
      else {
        const line = rows.info.lines + 1
        const wrong = `the record near line ${line} has no end within ${RECORD_BYTES} bytes`
        done(new UsageError(`${wrong}: is a quote left open?`))
      }
    },
  })
}

function checkedHeader(header: string[], { column }: ListFileOptions): string[] {
  const found =
    column === undefined
      ? header.some((name) => COLUMNS.includes(name)) ||
        (header.includes('type') && header.includes('value'))
      : header.includes(column)
  if (!found) {
    throw new UsageError(
      `Its columns are ${header.join(', ')}. ${
        column === undefined
          ? `None is called ${COLUMNS.join(', ')}: say which one holds the identifiers with --column, and their type with --type.`
          : `None is called ${column}.`
      }`,
    )
  }
  return header
}

function fieldsOf(
  record: Row['record'],
  { column, type = 'user_id' }: ListFileOptions,
): Record<string, string | undefined> {
  if (column !== undefined) return { type, value: record[column] }
  return Object.fromEntries(
    [...COLUMNS, 'type', 'value'].flatMap((name) =>
      Object.hasOwn(record, name) ? [[name, record[name]]] : [],
    ),
  )
}

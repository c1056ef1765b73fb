import { writeFile } from 'node:fs/promises'
import { Command, Option } from 'commander'
import { MAX_LINES, type LineFault, type ListMode } from '../../worker/contract/lists.ts'
import type { AdminApi } from '../admin-api.ts'
import { openListFile, type FileLine, type ListFileOptions } from '../list-file.ts'
import { startProgress, type Progress } from '../progress.ts'
import { session } from '../session.ts'
import { table } from '../table.ts'
import { patiently, walk } from '../walk.ts'

interface Options extends ListFileOptions {
  readonly mode: ListMode
  readonly errors?: string
  readonly upload?: string
  readonly force?: true
}

/** Shown at the end; --errors has them all. */
const SHOWN = 20

export function upload(): Command {
  return new Command('upload')
    .description('Put the people of a file on a static list, or take them off.')
    .argument('<list>', 'as conditions name it: { "list": "vip" }')
    .argument('<file>', '.csv with a header, or .ndjson')
    .addOption(
      new Option('--mode <mode>', 'replace also takes off whoever is not in the file')
        .choices(['add', 'remove', 'replace'])
        .default('add'),
    )
    .option('--column <name>', 'CSV column that holds the identifiers')
    .option('--type <type>', 'their type, where --column is given', 'user_id')
    .option('--errors <file>', 'write every refused line there, as NDJSON')
    .option('--upload <id>', 'go on with an upload that was interrupted: send the same file again')
    .option('--force', 'replace although the file names nobody, or lines were refused')
    .addHelpText(
      'after',
      `
Without --column, columns user_id, email, phone, anonymous_id count, the strongest of a
line; or type and value. People who are not known yet are made, except to be taken off.
A refused line holds up none of the others; the exit code is then 1. But nobody is taken
off by a replacement with refused lines or without people: mend the file, or --force.
Only the strongest of a line is read, the others are ignored: an e-mail beside a user_id
joins nobody.

Examples:
  npm run tsugi -- upload vip docs/examples/people.csv
  npm run tsugi -- upload vip docs/examples/export.csv --mode replace --column "E-Mail" --type email`,
    )
    .action(async (list: string, path: string, options: Options, command: Command) => {
      const api = session(command)
      const file = await openListFile(path, options)
      const progress = startProgress(`Uploading ${path} to ${list}`, file.bytes)
      const sum: Sum = { upload: options.upload ?? null, lines: 0, accepted: 0, removed: 0 }
      const errors: LineFault[] = []
      const hint = (): string =>
        sum.upload === null || sum.lines === 0
          ? ''
          : ` Go on with: upload ${commandOf(list, path, options)} --upload ${sum.upload}`
      const ended = await untilInterrupted(async (isInterrupted) => {
        for await (const chunk of chunksOf(file.lines)) {
          // Not before: of a file that cannot be read nothing is begun.
          sum.upload ??= (await api.beginUpload(list, options.mode)).upload
          const taken = await send(api, list, sum.upload, options.mode, chunk)
          sum.lines += taken.lines
          sum.accepted += taken.accepted
          errors.push(...taken.errors)
          progress.say(`${sum.lines} lines, ${errors.length} refused`, file.bytesRead())
          if (isInterrupted()) return 'interrupted'
        }
        errors.push(...file.faults)
        sum.lines += file.faults.length
        if (options.mode === 'replace' && options.force === undefined) {
          if (errors.length > 0 || sum.accepted === 0) return 'unsafe'
        }
        sum.upload ??= (await api.beginUpload(list, options.mode)).upload
        return finish(api, list, sum.upload, {
          mode: options.mode,
          sum,
          refused: errors.length,
          progress,
        })
      }).catch((error: unknown) => {
        progress.fail(`Stopped after ${sum.lines} lines.${hint()}`)
        throw error
      })
      if (ended === 'done') progress.end(`Uploaded ${path}.`)
      else if (ended === 'interrupted') progress.fail(`Interrupted.${hint()}`)
      else progress.fail(`${UNSAFE}${hint()}`)
      console.log(summary(list, options.mode, sum, errors.length))
      await tell(errors, options.errors)
      process.exitCode =
        ended === 'interrupted' ? 130 : ended === 'unsafe' || errors.length > 0 ? 1 : 0
    })
}

/** As it was asked for, ready for a shell. */
const commandOf = (list: string, path: string, options: Options): string =>
  [
    quoted(list),
    quoted(path),
    `--mode ${options.mode}`,
    ...(options.column === undefined
      ? []
      : [`--column ${quoted(options.column)}`, `--type ${quoted(options.type ?? 'user_id')}`]),
    ...(options.errors === undefined ? [] : [`--errors ${quoted(options.errors)}`]),
    ...(options.force === undefined ? [] : ['--force']),
  ].join(' ')

const quoted = (word: string): string =>
  /^[\w./:@%+=-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`

type Ending = 'done' | 'interrupted' | 'unsafe'

interface Sum {
  upload: string | null
  lines: number
  accepted: number
  removed: number
}

const UNSAFE =
  'Nobody was taken off: whose line was refused would be among them. Mend the file and send it again, or use --force.'

async function* chunksOf(lines: AsyncIterable<FileLine>): AsyncGenerator<readonly FileLine[]> {
  let chunk: FileLine[] = []
  let bytes = 0
  for await (const line of lines) {
    const size = Buffer.byteLength(line.json) + 1
    if (chunk.length === MAX_LINES || (chunk.length > 0 && bytes + size > MAX_BYTES)) {
      yield chunk
      chunk = []
      bytes = 0
    }
    chunk.push(line)
    bytes += size
  }
  if (chunk.length > 0) yield chunk
}
const MAX_BYTES = 400_000

/** Lines of the chunk become lines of the file. */
async function send(
  api: AdminApi,
  list: string,
  id: string,
  mode: ListMode,
  chunk: readonly FileLine[],
) {
  const body = chunk.map(({ json }) => json).join('\n')
  const taken = await patiently(() => api.sendMembers(list, id, mode, body))
  const errors = taken.errors.map(({ line, wrong }) => ({
    line: chunk[line - 1]?.line ?? line,
    wrong,
  }))
  return { ...taken, errors }
}

async function finish(
  api: AdminApi,
  list: string,
  id: string,
  {
    mode,
    sum,
    refused,
    progress,
  }: { mode: ListMode; sum: Sum; refused: number; progress: Progress },
): Promise<Ending> {
  let scanned = 0
  let next: string | null = null
  const steps = walk({ from: null, pauseMs: 0 }, (cursor) =>
    api.finishUpload(list, id, { cursor, lines: sum.lines, refused, mode }),
  )
  for await (const step of steps) {
    scanned += step.scanned
    sum.removed += step.removed
    next = step.next
    if (scanned > 0)
      progress.say(`taking off who is not in it: ${sum.removed} of ${scanned} people`)
  }
  return next === null ? 'done' : 'interrupted'
}

async function untilInterrupted<T>(work: (isInterrupted: () => boolean) => Promise<T>): Promise<T> {
  let interrupted = false
  const interrupt = (): void => void (interrupted = true)
  process.once('SIGINT', interrupt)
  try {
    return await work(() => interrupted)
  } finally {
    process.off('SIGINT', interrupt)
  }
}

function summary(
  list: string,
  mode: ListMode,
  { lines, accepted, removed }: Sum,
  refused: number,
): string {
  const done = mode === 'remove' ? 'taken off' : 'put on it'
  const off = mode === 'replace' ? `, ${removed} taken off who were not among them` : ''
  return `${list}: ${lines} lines, ${accepted} ${done}, ${refused} refused${off}.`
}

async function tell(errors: readonly LineFault[], path: string | undefined): Promise<void> {
  if (errors.length === 0) return
  const sorted = errors.toSorted((a, b) => a.line - b.line)
  const shown = sorted.slice(0, SHOWN).map(({ line, wrong }) => [String(line), wrong])
  console.error(`\n${table(['line', 'wrong'], shown)}`)
  if (sorted.length > SHOWN && path === undefined) {
    console.error(`and ${sorted.length - SHOWN} more: --errors <file> has them all.`)
  }
  if (path === undefined) return
  await writeFile(path, `${sorted.map((fault) => JSON.stringify(fault)).join('\n')}\n`)
  console.error(`All of them are in ${path}.`)
}

import { once } from 'node:events'
import { open } from 'node:fs/promises'
import type { Writable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { Command } from 'commander'
import type { BulkFault, BulkLine, BulkQuestion } from '../../worker/contract/bulk.ts'
import { decideBulk, type BulkConnection } from '../bulk-api.ts'
import { secretConnectionOf, UsageError, type ConnectionOptions } from '../connection.ts'
import { openListFile, type FileLine, type ListFileOptions } from '../list-file.ts'
import { moment } from '../moment.ts'
import { startProgress } from '../progress.ts'
import { patiently } from '../walk.ts'

interface Options extends ListFileOptions, ConnectionOptions {
  readonly output?: string
  readonly run?: string
  readonly at?: string
  readonly context?: string
  readonly atMost?: number
  readonly key?: string
}

/** Of one request: so that there is something to see, and little to ask again. */
const PEOPLE_A_REQUEST = 1000
const SHOWN = 10

export function decideList(): Command {
  return new Command('decide-list')
    .description('Decide for everybody in a file: what an e-mail run sends to whom.')
    .argument('<file>', '.csv with a header, or .ndjson')
    .argument('<placement...>', 'what is asked for')
    .option('--key <key>', 'secret key of a source; TSUGI_SECRET_KEY, else sk_demo on this machine')
    .option('--output <file>', 'where the decisions go, as NDJSON; else the terminal')
    .option(
      '--run <name>',
      'asked again under it, everybody gets the same and nothing is spent twice',
    )
    .option('--at <instant>', 'as of this moment: a look, nothing is spent', moment)
    .option('--context <json>', 'of the request, for everybody')
    .option('--at-most <n>', 'so many placements get something: one channel of several', Number)
    .option('--column <name>', 'CSV column that holds the identifiers')
    .option('--type <type>', 'their type, where --column is given', 'user_id')
    .addHelpText(
      'after',
      `
Without --column, columns user_id, email, phone, anonymous_id count, the strongest of a
line; or type and value. Nobody is made by asking, unless something is reserved for them.
Lines that name nobody are told at the end, and the exit code is then 1.
Only the strongest of a line is read, the others are ignored: an e-mail beside a user_id
joins nobody.

Examples:
  npm run tsugi -- decide-list docs/examples/people.csv hero --run spring-2026 --output heroes.ndjson
  npm run tsugi -- decide-list docs/examples/people.ndjson hero list-slot --at-most 1 --at 2026-12-24T09:00+09:00`,
    )
    .action(
      async (
        path: string,
        placements: readonly string[],
        options: Options,
        command: Command,
      ): Promise<void> => {
        const connection = secretConnectionOf(command.optsWithGlobals<Options>(), process.env)
        const run =
          options.run ?? `list-${new Date().toISOString().slice(0, 19).replaceAll(':', '')}`
        const question = questionOf(placements, options, run)
        const file = await openListFile(path, options)
        const output = options.output === undefined ? TERMINAL : await opened(options.output)
        const progress = startProgress(`Deciding for ${path}`, file.bytes)
        const sum = { people: 0, unknown: 0 }
        const faults: BulkFault[] = []
        try {
          for await (const lines of requestsOf(file.lines)) {
            // Asked again under the same run it is the same answer.
            const told = await patiently(() => answersTo(connection, question, lines))
            await output.begin()
            for (const line of told) {
              if ('end' in line) continue
              sum.people++
              if ('error' in line) faults.push(line)
              else {
                if (line.profileId === null) sum.unknown++
                await write(output.stream, `${JSON.stringify(line)}\n`)
              }
            }
            progress.say(`${sum.people} people, ${faults.length} failed`, file.bytesRead())
          }
        } catch (error) {
          progress.fail(
            `Stopped after ${sum.people} people.${sum.people === 0 ? '' : ` Go on with: --run ${run}`}`,
          )
          throw error
        }
        for (const { line, wrong } of file.faults) {
          faults.push({ line, error: { code: 'invalid_line', detail: wrong } })
        }
        await output.begin()
        if (options.output !== undefined) await finished(output.stream.end())
        progress.end(
          `Decided for ${sum.people} people: ${sum.unknown} of them unknown, ${faults.length} failed. Run ${run}.`,
        )
        for (const { line, error } of faults.slice(0, SHOWN)) {
          console.error(`line ${line}: ${error.detail} (${error.code})`)
        }
        if (faults.length > SHOWN) console.error(`and ${faults.length - SHOWN} more`)
        process.exitCode = faults.length > 0 ? 1 : 0
      },
    )
}

function questionOf(
  placements: readonly string[],
  { at, atMost, context }: Options,
  run: string,
): BulkQuestion {
  if (atMost !== undefined && !Number.isInteger(atMost)) {
    throw new UsageError('--at-most is a whole number.')
  }
  let given: BulkQuestion['context'] = null
  if (context !== undefined) {
    try {
      given = JSON.parse(context) as BulkQuestion['context']
    } catch (error) {
      throw new UsageError(`--context is not JSON: ${(error as Error).message}`)
    }
  }
  return {
    placements: [...placements],
    run,
    ...(at === undefined ? {} : { at }),
    ...(atMost === undefined ? {} : { atMost }),
    ...(given === null ? {} : { context: given }),
  }
}

async function* requestsOf(lines: AsyncIterable<FileLine>): AsyncGenerator<readonly FileLine[]> {
  let request: FileLine[] = []
  for await (const line of lines) {
    request.push(line)
    if (request.length === PEOPLE_A_REQUEST) {
      yield request
      request = []
    }
  }
  if (request.length > 0) yield request
}

/** With the lines of the file for those of the request. */
async function answersTo(
  connection: BulkConnection,
  question: BulkQuestion,
  lines: readonly FileLine[],
): Promise<BulkLine[]> {
  const told: BulkLine[] = []
  const people = lines.map(({ json }) => json)
  for await (const line of decideBulk(connection, question, people)) {
    if ('end' in line) told.push(line)
    // The question is line 1.
    else told.push({ ...line, line: lines[line.line - 2]?.line ?? line.line })
  }
  return told
}

interface Output {
  readonly stream: Writable
  /** What a file held before goes when there is something new, not when nobody answers. */
  begin(): Promise<void>
}

const TERMINAL: Output = { stream: process.stdout, begin: async () => undefined }

async function opened(path: string): Promise<Output> {
  const handle = await open(path, 'a')
  let isOld = (await handle.stat()).isFile()
  const stream = handle.createWriteStream()
  // Told by the next write, and by the end.
  stream.on('error', () => undefined)
  return {
    stream,
    async begin() {
      if (isOld) await handle.truncate()
      isOld = false
    },
  }
}

async function write(output: Writable, text: string): Promise<void> {
  if (output.errored !== null) throw output.errored
  if (!output.write(text)) await once(output, 'drain')
}

import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { Command, Option } from 'commander'
import { teller, type AnswerFormat } from '../answer-teller.ts'
import { bucketFiles, bucketOptions, whyEmpty, type BucketOptions } from '../bucket-options.ts'
import { UsageError } from '../connection.ts'

interface Options extends BucketOptions {
  readonly json?: true
  readonly csv?: true
  readonly raw?: true
}

const TRIES = 5

/** DuckDB comes with development alone, so it is loaded by whoever asks. */
export function sql(): Command {
  return new Command('sql')
    .description('Asks SQL of the events in the local bucket of "npm start", by DuckDB.')
    .argument(
      '[statement]',
      'one or several, the last one’s rows are told; "-" reads standard input',
    )
    .addOption(new Option('--json', 'an array of objects').conflicts('csv'))
    .option('--csv', "with a line of names; texts that a spreadsheet would run get a ' in front")
    .addOption(new Option('--raw', 'CSV with these texts as they are').conflicts('json'))
    .addOption(bucketOptions.state())
    .addOption(bucketOptions.bucket())
    .addHelpText(
      'after',
      `
Examples:
  npm run tsugi -- sql "SELECT event, count(*) AS n FROM events GROUP BY ALL ORDER BY n DESC"
  npm run tsugi -- sql "SHOW TABLES"
  npm run tsugi -- sql "DESCRIBE person_events"
  npm run -s tsugi -- sql --csv "FROM exposures" > exposures.csv
  npm run -s tsugi -- sql --json - < docs/examples/question.sql

Tables and columns: docs/warehouse.md. A dozen questions: docs/queries.md`,
    )
    .action(async (statement: string | undefined, _: Options, command: Command) => {
      const options = command.optsWithGlobals<Options>()
      const question = await questionOf(statement)
      process.exitCode = await answer(question, formatOf(options), options)
    })
}

const formatOf = ({ json, csv, raw }: Options): AnswerFormat =>
  json ? 'json' : raw ? 'raw' : csv ? 'csv' : 'table'

async function questionOf(statement: string | undefined): Promise<string> {
  const question = (statement === '-' ? await text(process.stdin) : (statement ?? '')).trim()
  if (question === '') {
    throw new UsageError(
      'What is the question? npm run tsugi -- sql "SELECT count(*) AS n FROM events". More: --help',
    )
  }
  return question
}

async function answer(question: string, format: AnswerFormat, options: Options): Promise<number> {
  const { isOfMissingFile, openLake } = await import('../lake.ts')
  for (let nth = 1; ; nth++) {
    const files = await bucketFiles(options)
    if (!files.some(({ key }) => key.startsWith('events/'))) {
      console.error(await whyEmpty(options))
      return 1
    }
    const told = teller(format, process.stdout, (line) => console.error(line))
    try {
      await using lake = await openLake(files)
      const result = await lake.ask(question)
      await told.begin(result.deduplicatedColumnNames(), result.columnTypes().map(String))
      for await (const rows of result.yieldRowsJson()) if (!(await told.rows(rows))) break
      await told.end()
      return 0
    } catch (error) {
      if (!isOfMissingFile(error) || told.hasBegun() || nth === TRIES) return failed(error)
      await sleep(200)
    }
  }
}

/** What DuckDB says names the place and often what was meant. */
function failed(error: unknown): number {
  if (!(error instanceof Error)) throw error
  console.error(error.message)
  if (error.message.startsWith('Catalog Error: Table')) {
    console.error('\nWhich tables there are: npm run tsugi -- sql "SHOW TABLES"')
  } else if (error.message.startsWith('Binder Error: Referenced column')) {
    console.error(
      `\nWhich columns a table has: npm run tsugi -- sql "DESCRIBE events". A property is none: properties->>'price'`,
    )
  }
  return 1
}

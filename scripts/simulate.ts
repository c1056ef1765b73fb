/** `npm run simulate`: people whose tastes are known, past the real engine, by several ways to choose. */
import { setImmediate } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { UsageError } from '../cli/connection.ts'
import { startProgress } from '../cli/progress.ts'
import { decisionsIn, playAll, summaries, type Wish } from './simulate/lives.ts'
import { keep, text } from './simulate/text.ts'

const HELP = `npm run simulate [-- --write]

Plays populations with known tastes against the engine in this process, by random,
priority, A/B, Thompson and contextual weights, and tells what each earned and how
much the oracle would have earned more. Equal seeds give equal figures.

  --seed <text>       of the populations and their dice ("tsugi")
  --lives <number>    populations, each met by every strategy (5)
  --visitors <number> of each population (100000)
  --json              every population's figures and curves
  --write             keep figures and picture in docs/simulation.md and docs/simulation.svg
  --help              this
`

/** @throws UsageError that names the option */
function count(name: string, told: string): number {
  const n = Number(told)
  if (!Number.isSafeInteger(n) || n < 1) {
    throw new UsageError(`--${name} "${told}" is no number above 0`)
  }
  return n
}

/** https://nodejs.org/api/util.html#utilparseargsconfig throws TypeErrors with such a code. */
const isWrongOption = (error: unknown): boolean =>
  error instanceof TypeError &&
  String((error as NodeJS.ErrnoException).code).startsWith('ERR_PARSE_ARGS_')

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: 'tsugi' },
      lives: { type: 'string', default: '5' },
      visitors: { type: 'string', default: '100000' },
      json: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) {
    process.stdout.write(HELP)
    return
  }
  const wish: Wish = {
    seed: values.seed,
    lives: count('lives', values.lives),
    visitors: count('visitors', values.visitors),
  }
  const total = decisionsIn(wish)
  const bar = startProgress('Simulating', total)
  let done = 0
  const played = await playAll(wish, async (more) => {
    done += more
    bar.say(`${done.toLocaleString('en-US')} of ${total.toLocaleString('en-US')} decisions`, done)
    // The bar draws itself when nothing else runs.
    await setImmediate()
  })
  bar.end(`${total.toLocaleString('en-US')} decisions`)
  console.log(
    values.json
      ? JSON.stringify({ ...wish, summaries: summaries(played), played }, null, 2)
      : text(wish, played),
  )
  if (values.write) for (const path of await keep(wish, played)) console.error(`wrote ${path}`)
}

try {
  await main()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  console.error('npm run simulate -- --help tells more')
  // As of the command line: 2 is wrong usage.
  process.exitCode = error instanceof UsageError || isWrongOption(error) ? 2 : 1
}

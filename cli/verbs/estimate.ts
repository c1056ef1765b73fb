import { Command, InvalidArgumentError, Option } from 'commander'
import type { WeightsAnswer } from '../../worker/contract/weights.ts'
import { cautionsOf } from '../../worker/core/learning/caution.ts'
import { offPolicy, type OffPolicy } from '../../worker/core/learning/off-policy.ts'
import { durationMs } from '../../worker/core/time.ts'
import { bucketFiles, bucketOptions, whyEmpty, type BucketOptions } from '../bucket-options.ts'
import { UsageError } from '../connection.ts'
import { live, liveNotes, strangeContexts, weightsText } from '../estimate-live.ts'
import { inventory, readLog, type Asked, type Inventory, type ReadLog } from '../estimate-log.ts'
import { always, even, sharesFrom, type Target } from '../estimate-target.ts'
import { estimateText, type Estimated } from '../estimate-text.ts'
import type { Lake } from '../lake.ts'
import { moment } from '../moment.ts'
import { startProgress } from '../progress.ts'
import { session } from '../session.ts'

interface Options extends BucketOptions {
  readonly goal?: string
  readonly by: 'rate' | 'value'
  readonly currency?: string
  readonly always?: readonly string[]
  readonly shares?: string
  readonly live?: true
  readonly model?: number
  readonly from?: string
  readonly to?: string
  readonly patience: string
  readonly json?: true
}

/** DuckDB comes with development alone, so it is loaded by whoever asks. */
export function estimate(): Command {
  return new Command('estimate')
    .description('What another policy would have earned, from the log of one that draws.')
    .argument('<policy>', 'one that learns, or has a split: whose decisions were drawn')
    .option('--goal <key>', 'what counts; may be left out where the log knows one alone')
    .addOption(
      new Option('--by <what>', 'how often, or how much money')
        .choices(['rate', 'value'])
        .default('rate'),
    )
    .option('--currency <code>', 'of the money; may be left out where there is one')
    .option('--always <action...>', 'instead: everybody this one')
    .option('--shares <file>', 'instead: {"knit": 0.9, "linen": 0.1}, or by context; "-" reads it')
    .option('--live', 'the weights that the worker draws by now, beside the others')
    .option('--model <version>', 'those of an older version, which are kept for 90 days', version)
    .option('--from <moment>', 'only what was seen at or after it …', moment)
    .option('--to <moment>', '… and before it', moment)
    .option('--patience <duration>', 'leave out what was seen less long ago', '1d')
    .addOption(bucketOptions.state())
    .addOption(bucketOptions.bucket())
    .option('--json', 'every figure, as JSON')
    .addHelpText(
      'after',
      `
Without --always and --shares it tells of each action alone, and of all alike.
--live and --model ask the worker of --url what it draws by; the rest is of the log alone.
Read docs/learning.md before you believe a figure with a star.

Examples, once visitors have come back to the demo (docs/demo.md):
  npm run tsugi -- estimate slot-for-returning
  npm run tsugi -- estimate hero-for-returning --goal order --by value --currency JPY
  npm run tsugi -- estimate slot-for-returning --live
  npm run tsugi -- estimate slot-for-returning --live --shares docs/examples/shares.json
  npm run tsugi -- estimate slot-for-returning --always slot-winter slot-carry
  npm run tsugi -- estimate slot-for-returning --shares docs/examples/shares.json --json

Exit codes: as of every verb; and 1 if there is nothing to go by.`,
    )
    .action(async (policy: string, _: Options, command: Command) => {
      const options = command.optsWithGlobals<Options>()
      const shares = options.shares === undefined ? null : await sharesFrom(options.shares)
      const isAsked = options.live === true || options.model !== undefined
      const weights = isAsked ? await session(command).weights(policy, options.model ?? null) : null
      const files = await bucketFiles(options)
      if (!files.some(({ key }) => key.startsWith('events/'))) {
        console.error(await whyEmpty(options))
        process.exitCode = 1
        return
      }
      const { openLake } = await import('../lake.ts')
      await using lake = await openLake(files)
      await answer(policy, { shares, weights }, options, lake)
    })
}

interface Wanted {
  readonly shares: Target | null
  /** What a worker draws by; null where nobody asked. */
  readonly weights: WeightsAnswer | null
}

async function answer(policy: string, wanted: Wanted, options: Options, lake: Lake): Promise<void> {
  const progress = startProgress('Reading')
  const found = await inventory(lake, policy)
  if (!found.policies.some(([key]) => key === policy)) {
    progress.fail('Nothing to go by')
    console.error(noSuchPolicy(policy, found))
    process.exitCode = 1
    return
  }
  let read: ReadLog
  let asked: Asked
  try {
    asked = askedFor(policy, options, found)
    read = await readLog(lake, asked, (n) => progress.say(`${n.toLocaleString('en-US')} decisions`))
  } catch (error) {
    progress.fail('Nothing read')
    throw error
  }
  progress.end(`${read.log.length.toLocaleString('en-US')} decisions read`)
  if (read.log.length === 0) {
    console.error(nothingLeft(read, options))
    process.exitCode = 1
    return
  }
  const all = targetsOf(wanted, options, read).map(({ name, policyOf }): Estimated => {
    const target = policyOf(read.offered)
    const figures = offPolicy(read.log, target) as OffPolicy
    return { target: name, found: figures, cautions: cautionsOf(read.log, target, figures) }
  })
  const { weights } = wanted
  const strange = weights === null ? [] : strangeContexts(read.log, weights)
  if (options.json) {
    const { unusable, listed, cut, span } = read
    const told = { ...asked, unusable, listed, cut, span, estimates: all }
    console.log(JSON.stringify(weights === null ? told : { ...told, weights, strange }, null, 2))
    return
  }
  if (weights === null) {
    console.log(estimateText(asked, read, all))
    return
  }
  const notes = liveNotes(asked, weights, strange)
  console.log(`${weightsText(weights)}\n\n${estimateText(asked, read, all, notes)}`)
}

function targetsOf(
  { shares, weights }: Wanted,
  { always: named = [], model }: Options,
  { log }: ReadLog,
): Target[] {
  const first = weights === null ? [] : [live(weights, model ?? null)]
  const chosen = [...(shares === null ? [] : [shares]), ...named.map(always)]
  if (chosen.length > 0) return [...first, ...chosen]
  const actions = [...new Set(log.map(({ action }) => action))].sort()
  return [...first, even(actions), ...actions.map(always)]
}

function version(told: string): number {
  if (!/^[1-9]\d{0,14}$/.test(told)) throw new InvalidArgumentError('a whole number from 1.')
  return Number(told)
}

/** What may be left out is filled in where the log leaves no choice. */
function askedFor(policy: string, options: Options, { goals }: Inventory): Asked {
  const patienceMs = durationOf(options.patience)
  const goal = options.goal ?? (goals.length === 1 ? goals[0]?.[0] : undefined)
  if (goal === undefined) {
    throw new UsageError(
      goals.length === 0
        ? `Nothing ${policy} showed was ever rewarded. Name the --goal, if that is the answer.`
        : `Which goal? --goal ${goals.map(([key]) => key).join(', --goal ')}`,
    )
  }
  const [, currencies = []] = goals.find(([key]) => key === goal) ?? []
  const currency = options.currency ?? (currencies.length === 1 ? currencies[0] : undefined)
  if (options.by === 'value' && currency === undefined) {
    throw new UsageError(
      currencies.length === 0
        ? `${goal} brought no money in this log: name the --currency, or ask --by rate.`
        : `Which money? --currency ${currencies.join(', --currency ')}`,
    )
  }
  const settled = new Date(Date.now() - patienceMs).toISOString()
  return {
    policy,
    goal,
    by: options.by,
    currency: options.by === 'value' ? (currency ?? null) : null,
    from: options.from ?? null,
    to: options.to !== undefined && options.to < settled ? options.to : settled,
  }
}

function durationOf(text: string): number {
  if (!/^\d+(?:\.\d+)?[smhdw]$/.test(text)) {
    throw new UsageError(`--patience "${text}" is no duration such as 30m, 12h or 7d.`)
  }
  return durationMs(text)
}

const noSuchPolicy = (policy: string, { policies }: Inventory): string =>
  policies.length === 0
    ? 'Nobody has seen anything that a policy chose yet.'
    : `Nobody has seen anything that "${policy}" chose. There are: ${policies
        .map(([key, n]) => `${key} (${n.toLocaleString('en-US')})`)
        .join(', ')}.`

const nothingLeft = ({ unusable }: ReadLog, { patience }: Options): string =>
  unusable > 0
    ? `${unusable.toLocaleString('en-US')} decisions were seen, none with a propensity.`
    : `Nothing was seen within that time and longer ago than ${patience}: what was seen lately may still be rewarded. --patience 0s counts it all the same.`

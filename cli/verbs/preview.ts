import { Command, InvalidArgumentError } from 'commander'
import type { PreviewAnswer } from '../../worker/contract/segments.ts'
import { UsageError } from '../connection.ts'
import { startProgress } from '../progress.ts'
import { session } from '../session.ts'
import { table } from '../table.ts'
import { walk } from '../walk.ts'
import type { AdminApi } from '../admin-api.ts'
import { conditionIn } from './explain.ts'

interface Options {
  readonly sample: number
  readonly at?: string
  readonly json?: true
}

export function preview(): Command {
  return new Command('preview')
    .description('Count who a condition fits before it is published, and show some of them.')
    .argument(
      '<segment or file>',
      'key of a segment in the draft, else of the active release; or a condition as JSON',
    )
    .option('--sample <n>', 'people to show, up to 50', sampleSize, 5)
    .option('--at <instant>', 'as of this moment, by what is known of people now')
    .option('--json', 'the count and the sample as JSON')
    .addHelpText(
      'after',
      `
It looks at everybody, a page at a time. Ctrl-C ends it with what was counted so far.

Examples:
  npm run tsugi -- preview returning
  npm run tsugi -- preview docs/examples/condition.json --sample 20`,
    )
    .action(async (what: string, options: Options, command: Command) => {
      const api = session(command)
      const when = await conditionOf(api, what)
      const at = options.at ?? new Date().toISOString()
      const progress = startProgress(`Counting who fits ${what}`)
      const sample: PreviewAnswer['sample'][number][] = []
      let scanned = 0
      let matched = 0
      let last: PreviewAnswer | null = null
      const told = (): string => `${matched} of ${scanned} people${share(matched, scanned)}`
      try {
        const steps = walk({ from: null, pauseMs: 0 }, (cursor) =>
          api.preview({ when, cursor, at, limit: 500, sample: options.sample - sample.length }),
        )
        for await (const step of steps) {
          last = step
          scanned += step.scanned
          matched += step.matched
          sample.push(...step.sample)
          progress.say(told())
        }
      } catch (error) {
        progress.fail(`Stopped at ${told()}.`)
        throw error
      }
      const whole = last?.next === null
      if (whole) progress.end('Counted.')
      else progress.fail('Interrupted: not everybody was looked at.')
      if (options.json) {
        console.log(JSON.stringify({ scanned, matched, whole, asOf: at, sample }, null, 2))
      } else {
        console.log(`${whole ? '' : 'So far: '}${told()}, as of ${at}.`)
        if (last?.requestScoped === true) {
          console.log('It reads the request, and here there is none: with one it may fit others.')
        }
        if (sample.length > 0) console.log(`\n${sampleTable(sample)}`)
      }
      if (!whole) process.exitCode = 130
    })
}

const share = (matched: number, scanned: number): string =>
  scanned === 0 ? '' : ` (${((100 * matched) / scanned).toFixed(1)} %)`

const sampleTable = (sample: PreviewAnswer['sample']): string =>
  table(
    ['profile', 'last seen', 'identifiers'],
    sample.map(({ profileId, lastSeen, identifiers }) => [
      profileId,
      lastSeen ?? 'never',
      identifiers.map(({ type, value }) => `${type}:${value}`).join(' '),
    ]),
  )

/** A key has no dot and no slash; a file of conditions has one. */
async function conditionOf(api: AdminApi, what: string): Promise<unknown> {
  if (/[./\\]/.test(what)) return conditionIn(what)
  const draft = segmentsOf((await api.draft())?.configuration)
  const drafted = draft.find(({ key }) => key === what)
  if (drafted !== undefined) return drafted.when
  // After a rollback the draft is another than what is active.
  const { release } = await api.status()
  const active = release === null ? [] : segmentsOf(await api.release(release))
  const published = active.find(({ key }) => key === what)
  if (published !== undefined) {
    console.error(`The draft has no "${what}": this is release ${release}'s, which is active.`)
    return published.when
  }
  const known = [...new Set([...draft, ...active].map(({ key }) => key))].slice(0, 20)
  throw new UsageError(
    `There is no segment "${what}"${known.length === 0 ? '' : `; there are ${known.join(', ')}`}. A file is named with its ending or a slash.`,
  )
}

const segmentsOf = (configuration: unknown) =>
  (configuration as { readonly segments?: readonly Segment[] } | undefined)?.segments ?? []
interface Segment {
  readonly key: string
  readonly when: unknown
}

function sampleSize(text: string): number {
  if (!/^\d{1,2}$/.test(text) || Number(text) > 50) {
    throw new InvalidArgumentError('Expected a whole number from 0 to 50.')
  }
  return Number(text)
}

import { Command, InvalidArgumentError } from 'commander'
import type { PreviewLinkBody } from '../../worker/contract/preview.ts'
import { UsageError } from '../connection.ts'
import { session } from '../session.ts'

interface Options {
  /** Not `url`, which is the worker's. */
  readonly page?: string
  readonly source?: string
  readonly action?: string
  readonly placement?: string
  readonly segment: string[]
  readonly arm?: string
  readonly experiment?: string
  readonly at?: string
  readonly expires?: string
  readonly json?: true
}

const collect = (value: string, all: string[]): string[] => [...all, value]

export function previewLink(): Command {
  return new Command('preview-link')
    .description('Make a link that shows one browser what it would not get. Nothing in it counts.')
    .option('--page <address>', 'the page to look at, on an origin of a source', pageAddress)
    .option('--source <key>', 'instead of --page: whose pages may use the token')
    .option('--action <key>', 'show this action, whatever its gates say')
    .option('--placement <key>', 'only there; wherever it can be shown unless given')
    .option(
      '--segment <key>',
      'count as a member of it; may be given up to five times',
      collect,
      [],
    )
    .option('--arm <key>', 'be in this arm')
    .option('--experiment <key>', 'of this experiment, or policy with a split')
    .option('--at <moment>', 'decide as of this moment, such as 2026-12-01T09:00:00+09:00')
    .option('--expires <when>', 'a moment, or how long: 2h (a day unless given, a week at most)')
    .option('--json', 'token, address, source and expiry as JSON')
    .addHelpText(
      'after',
      `
Examples:
  npm run tsugi -- preview-link --page http://127.0.0.1:8788/ --action hero-knit
  npm run tsugi -- preview-link --page http://127.0.0.1:8788/ --segment high-value --at 2026-12-01T09:00:00+09:00
  npm run tsugi -- preview-link --source shop --arm gift --experiment welcome --expires 2h`,
    )
    .action(async ({ page, segment, json, ...rest }: Options, command: Command) => {
      if (page === undefined && rest.source === undefined) {
        throw new UsageError('Which page: give --page with its address, or --source for a token.')
      }
      const { source, action, placement, arm, experiment, at, expires } = rest
      const asked = { url: page, source, action, placement, arm, experiment, at, expires }
      const body = {
        ...Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined)),
        ...(segment.length > 0 ? { segments: segment } : {}),
      } as PreviewLinkBody
      const link = await session(command).previewLink(body)
      if (json) return console.log(JSON.stringify(link))
      console.log(link.url ?? link.token)
      console.error(`Opens in one browser, until ${link.expires}. Source: ${link.source}.`)
    })
}

function pageAddress(text: string): string {
  const url = URL.parse(text)
  if (url !== null && /^https?:$/.test(url.protocol)) return text
  throw new InvalidArgumentError('Expected an address such as https://shop.example/.')
}

import { setTimeout as sleep } from 'node:timers/promises'
import { Command, InvalidArgumentError } from 'commander'
import { UnreachableError } from '../admin-api.ts'
import { recordLine } from '../record-line.ts'
import { session } from '../session.ts'

const POLL_MS = 1000
/** As many as the worker gives at once. */
const PAGE = 100

interface Options {
  readonly follow: boolean
  readonly lines: number
  readonly json?: true
}

export function tail(): Command {
  return new Command('tail')
    .description('Watch records arrive. Shows what the warehouse has not taken yet.')
    .option('--no-follow', 'show the newest and end')
    .option('--lines <n>', 'how many of the newest to start with', lineCount, 10)
    .option('--json', 'whole records, one a line')
    .addHelpText(
      'after',
      `
Examples:
  npm run tsugi -- tail
  npm run tsugi -- tail --no-follow --lines 50 --json`,
    )
    .action(async (options: Options, command: Command) => {
      const api = session(command)
      const show = options.json ? JSON.stringify : recordLine
      const newest = await api.records(null, Math.max(1, options.lines))
      const first = newest.records.toSorted((a, b) => a.seq - b.seq)
      if (options.lines > 0)
        for (const record of first.slice(-options.lines)) console.log(show(record))
      if (!options.follow && first.length === 0 && !options.json) {
        console.error('Nothing waits: the warehouse has taken all of it.')
      }
      let after = newest.next
      let isAway = false
      while (options.follow) {
        const page = await api.records(after, PAGE).catch((error: unknown) => {
          // The worker restarts; whoever watches wants to go on watching.
          if (!(error instanceof UnreachableError)) throw error
          if (!isAway) console.error(`${error.message} Trying again until it is back.`)
          isAway = true
          return null
        })
        if (page === null) {
          await sleep(POLL_MS)
          continue
        }
        if (isAway) console.error('It is back.')
        isAway = false
        for (const record of page.records) console.log(show(record))
        after = page.next
        if (page.records.length === 0) await sleep(POLL_MS)
      }
    })
}

function lineCount(text: string): number {
  if (!/^\d{1,3}$/.test(text) || Number(text) > PAGE) {
    throw new InvalidArgumentError(`Expected a number from 0 to ${PAGE}.`)
  }
  return Number(text)
}

import { Command } from 'commander'
import { moment } from '../moment.ts'
import { driveReplay } from '../replay-walk.ts'
import { replayText } from '../replay-text.ts'
import { session } from '../session.ts'

interface Options {
  readonly apply?: true
  readonly from?: string
  readonly to?: string
  readonly abandon?: true
  readonly json?: true
}

export function replay(): Command {
  return new Command('replay')
    .description('Rebuild people from the Parquet files and compare them with the store.')
    .option('--apply', 'write what differs to the store; without it nothing is changed')
    .option('--from <moment>', 'only people with a record that arrived at or after it …', moment)
    .option('--to <moment>', '… and before it', moment)
    .option('--abandon', 'end the run that is under way, whatever it was asked')
    .option('--json', 'what was found, as JSON')
    .addHelpText(
      'after',
      `
The files tell who everybody is: replay folds them again by the rules of the active
release and compares. Use it to audit the store, to give a new computed trait all of
history, to restore people who were lost, to move from D1 to Redis or back.

--from and --to choose whom to look at, not what to read: people are always rebuilt
from all of their records, since half of a history makes a wrong person. Moments are
UTC unless they say otherwise: 2026-11-22, 2026-11-22T09, 2026-11-22T09:30+09:00.

Events are taken and decisions made all the while. It may be interrupted, or killed:
the same command goes on where it was. One runs at a time. docs/replay.md says more.

Examples:
  npm run tsugi -- replay
  npm run tsugi -- replay --apply
  npm run tsugi -- replay --apply --from 2026-11-22T09 --to 2026-11-22T11

Exit codes: as of every verb; and 1 if somebody differs and was not written.`,
    )
    .action(async ({ apply, from, to, abandon, json }: Options, command: Command) => {
      const api = session(command)
      if (abandon) {
        const { number } = await api.abandonReplay()
        console.log(`Run ${number} is abandoned. What it wrote stays written.`)
        return
      }
      const wish = { apply: apply === true, from: from ?? null, to: to ?? null }
      const run = await driveReplay(api, wish)
      if (json) console.log(JSON.stringify(run, null, 2))
      else if (run.state === 'done') console.log(replayText(run))
      if (run.state === 'running') process.exitCode = 130
      else if (run.state === 'abandoned') {
        console.error('Somebody abandoned it meanwhile.')
        process.exitCode = 1
      } else if (!run.apply && run.different.people > 0) process.exitCode = 1
    })
}

import { Command } from 'commander'
import type { ListSummary } from '../../worker/contract/lists.ts'
import { session } from '../session.ts'
import { table } from '../table.ts'
import { walk } from '../walk.ts'

export function lists(): Command {
  return new Command('lists')
    .description('Static lists, and what was last uploaded to each.')
    .addHelpText(
      'after',
      `
Who is on one, and how many: npm run tsugi -- preview with { "list": "vip" } in a file.

Example:
  npm run tsugi -- lists`,
    )
    .action(async (_options: object, command: Command) => {
      const api = session(command)
      const all: ListSummary[] = []
      for await (const page of walk({ from: null, pauseMs: 0 }, (after) => api.lists(after))) {
        all.push(...page.lists)
      }
      if (all.length === 0) {
        console.log('No list yet: npm run tsugi -- upload vip docs/examples/people.csv')
        return
      }
      console.log(
        table(
          ['list', 'uploads', 'last', 'mode', 'lines', 'refused', 'taken off'],
          all.map(({ list, uploads, last }) => [
            list,
            String(uploads),
            last.finishedAt ?? `${last.startedAt}, not finished`,
            last.mode,
            String(last.lines),
            String(last.refused),
            String(last.removed),
          ]),
        ),
      )
    })
}

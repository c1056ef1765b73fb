import { Command } from 'commander'
import { session } from '../session.ts'
import { table } from '../table.ts'

export function releases(): Command {
  return new Command('releases')
    .description('List the releases; the active one is marked.')
    .addHelpText('after', '\nExample:\n  npm run tsugi -- releases')
    .action(async (_options: object, command: Command) => {
      const list = await session(command).releases()
      if (list.length === 0) {
        console.log('Nothing is published yet: npm run tsugi -- publish <file>')
        return
      }
      console.log(
        table(
          ['', 'release', 'created', 'note'],
          list.map(({ active, number, createdAt, note }) => [
            active ? '*' : '',
            String(number),
            createdAt,
            note,
          ]),
        ),
      )
    })
}

import { Command } from 'commander'
import { session } from '../session.ts'

export function resume(): Command {
  return new Command('resume')
    .description('Decide again after a stop.')
    .addHelpText('after', '\nExample:\n  npm run tsugi -- resume')
    .action(async (_options: object, command: Command) => {
      const { epoch } = await session(command).setStopped(false)
      console.log(`Decisions are on (epoch ${epoch}).`)
    })
}

import { Command } from 'commander'
import { session } from '../session.ts'

export function stop(): Command {
  return new Command('stop')
    .description(
      'Stop all decisions at once: every page keeps its own content. Events are still taken.',
    )
    .addHelpText('after', '\nExample:\n  npm run tsugi -- stop')
    .action(async (_options: object, command: Command) => {
      const { epoch } = await session(command).setStopped(true)
      console.log(`Decisions are stopped (epoch ${epoch}).`)
    })
}

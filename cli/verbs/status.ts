import { Command } from 'commander'
import { draftDifference } from '../draft-difference.ts'
import { session } from '../session.ts'

export function status(): Command {
  return new Command('status')
    .description('What is active, whether decisions are stopped, and what waits for the warehouse.')
    .addHelpText('after', '\nExample:\n  npm run tsugi -- status')
    .action(async (_options: object, command: Command) => {
      const api = session(command)
      const { epoch, release, stopped, draftRevision, outbox, due } = await api.status()
      const differs = release === null ? null : await draftDifference(api, release)
      const beside = differs === null ? '' : `, not what is active: ${differs}`
      console.log(`release    ${release ?? 'none yet'}${epoch === null ? '' : ` (epoch ${epoch})`}`)
      console.log(`decisions  ${stopped ? 'STOPPED: every page keeps its own content' : 'on'}`)
      console.log(
        `draft      ${draftRevision === null ? 'none' : `revision ${draftRevision}${beside}`}`,
      )
      const since =
        outbox.oldestReceivedAt === null ? '' : `, oldest from ${outbox.oldestReceivedAt}`
      console.log(`outbox     ${outbox.rows} rows${since}`)
      const from = due.oldest === null ? '' : `, oldest from ${due.oldest}`
      console.log(
        `due        ${due.profiles === 10_000 ? '10,000 or more' : due.profiles} profiles${from}`,
      )
    })
}

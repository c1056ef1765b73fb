import { Command, InvalidArgumentError } from 'commander'
import { UsageError } from '../connection.ts'
import { draftDifference } from '../draft-difference.ts'
import { session } from '../session.ts'

export function rollback(): Command {
  return new Command('rollback')
    .description('Activate an older release again, under a new epoch.')
    .argument('[number]', 'which; without it, the one before the active one', releaseNumber)
    .addHelpText('after', '\nExamples:\n  npm run tsugi -- rollback\n  npm run tsugi -- rollback 1')
    .action(async (told: number | undefined, _options: object, command: Command) => {
      const api = session(command)
      const { release, epoch } = await api.activate(told ?? (await previous(api)))
      console.log(`Release ${release} is active (epoch ${epoch}).`)
      const differs = await draftDifference(api, release)
      if (differs !== null) console.log(`The draft stays as it was: ${differs} against it.`)
    })
}

async function previous(api: ReturnType<typeof session>): Promise<number> {
  const releases = await api.releases()
  const active = releases.find((release) => release.active)
  if (active === undefined) throw new UsageError('Nothing is published yet.')
  const older = releases.map(({ number }) => number).filter((number) => number < active.number)
  if (older.length === 0) throw new UsageError(`Release ${active.number} has none before it.`)
  return Math.max(...older)
}

function releaseNumber(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('Expected a release number.')
  return Number(text)
}

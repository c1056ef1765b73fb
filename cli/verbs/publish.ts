import { Command } from 'commander'
import { compareWithActive } from '../compare.ts'
import { draftDifference } from '../draft-difference.ts'
import { readConfigurationFile } from '../configuration-file.ts'
import { diffSummary, diffText } from '../diff-text.ts'
import { session } from '../session.ts'
import { warningText } from '../warning-text.ts'

interface Options {
  readonly note?: string
  readonly dryRun?: true
  readonly force?: true
}

export function publish(): Command {
  return new Command('publish')
    .description('Check a configuration file, make it the next release and activate it.')
    .argument('<file>', 'the configuration as JSON')
    .option('--note <text>', 'why; kept with the release')
    .option('--dry-run', 'check and show what would change, and change nothing')
    .option('--force', 'publish even if nothing changed')
    .addHelpText(
      'after',
      `
Examples:
  npm run tsugi -- publish demo/tsugi.json --dry-run
  npm run tsugi -- publish demo/tsugi.json --note "spring campaign"`,
    )
    .action(async (path: string, options: Options, command: Command) => {
      const api = session(command)
      const file = await readConfigurationFile(path)
      const { active, changes, warnings } = await compareWithActive(api, file)
      for (const warning of warnings) console.error(warningText(warning))
      if (changes.length === 0 && options.force === undefined) {
        console.log(`Release ${active} is this configuration already; nothing published.`)
        // After a rollback: what the draft holds would come with the next publish of it.
        if (active !== null && (await draftDifference(api, active)) !== null) {
          console.log('The draft is another one; --force makes it the same.')
        }
        return
      }
      if (options.dryRun) {
        console.log(diffText(changes))
        console.log(
          `\nValid. ${changes.length === 0 ? 'Nothing' : diffSummary(changes)}; not published (--dry-run).`,
        )
        return
      }
      const draft = await api.draft()
      await api.saveDraft(file, draft?.revision ?? null)
      const { release, epoch, sanitized } = await api.publish(options.note)
      console.log(
        `Published release ${release} (epoch ${epoch}): ${diffSummary(changes) || 'no change'}.`,
      )
      for (const at of sanitized ?? []) console.log(`HTML was made safe at ${at}.`)
    })
}

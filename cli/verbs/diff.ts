import { Command } from 'commander'
import { compareWithActive } from '../compare.ts'
import { readConfigurationFile } from '../configuration-file.ts'
import { diffSummary, diffText } from '../diff-text.ts'
import { session } from '../session.ts'

interface Options {
  readonly exitCode?: true
}

export function diff(): Command {
  return new Command('diff')
    .description('What publishing a file would change in the active release.')
    .argument('<file>', 'the configuration as JSON')
    .option('--exit-code', 'end with 1 when there is a difference (for CI)')
    .addHelpText('after', '\nExample:\n  npm run tsugi -- diff demo/tsugi.json')
    .action(async (path: string, options: Options, command: Command) => {
      const file = await readConfigurationFile(path)
      const { active, changes } = await compareWithActive(session(command), file)
      const base = active === null ? 'nothing published yet' : `release ${active}`
      if (changes.length === 0) {
        console.log(`No difference from ${base}.`)
        return
      }
      console.log(`Against ${base}: ${diffSummary(changes)}\n`)
      console.log(diffText(changes))
      if (options.exitCode) process.exitCode = 1
    })
}

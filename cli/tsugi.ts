/** `npm run tsugi -- <verb>`: configuration and operation of a Tsugi worker. */
import { Command } from 'commander'
import { explain as explainError } from './explain.ts'
import { decideList } from './verbs/decide-list.ts'
import { diff } from './verbs/diff.ts'
import { estimate } from './verbs/estimate.ts'
import { explain } from './verbs/explain.ts'
import { lists } from './verbs/lists.ts'
import { preview } from './verbs/preview.ts'
import { previewLink } from './verbs/preview-link.ts'
import { publish } from './verbs/publish.ts'
import { releases } from './verbs/releases.ts'
import { replay } from './verbs/replay.ts'
import { resegment } from './verbs/resegment.ts'
import { results } from './verbs/results.ts'
import { resume } from './verbs/resume.ts'
import { rollback } from './verbs/rollback.ts'
import { sql } from './verbs/sql.ts'
import { status } from './verbs/status.ts'
import { stop } from './verbs/stop.ts'
import { tail } from './verbs/tail.ts'
import { unmerge } from './verbs/unmerge.ts'
import { upload } from './verbs/upload.ts'
import { why } from './verbs/why.ts'

const program = new Command('tsugi')
  .description('Publishes configurations to a Tsugi worker and watches it.')
  .option('--url <address>', 'the worker; TSUGI_URL, else http://127.0.0.1:$PORT (8787)')
  .option('--token <token>', 'its admin token; TSUGI_TOKEN, else at_demo on this machine')
  .configureHelp({ showGlobalOptions: true, sortSubcommands: false })
  .addHelpText(
    'after',
    `
Examples:
  npm run tsugi -- publish demo/tsugi.json --note "spring campaign"
  npm run tsugi -- tail
  TSUGI_URL=https://tsugi.example.com TSUGI_TOKEN=… npm run tsugi -- rollback

Exit codes: 0 done, 1 refused by the worker, 2 wrong usage, 3 the worker did not answer.`,
  )

for (const verb of [
  publish,
  diff,
  rollback,
  releases,
  status,
  results,
  decideList,
  why,
  estimate,
  tail,
  sql,
  explain,
  preview,
  previewLink,
  resegment,
  upload,
  lists,
  replay,
  unmerge,
  stop,
  resume,
]) {
  program.addCommand(verb().copyInheritedSettings(program))
}
// Of the program alone: a verb has its own.
program.showHelpAfterError('npm run tsugi -- --help lists the commands')
// commander ends with 1 for a wrong option; here 1 is the worker's refusal.
for (const command of [program, ...program.commands]) {
  command.exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
}

// Whoever reads has had enough: `… | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(0)
})

try {
  await program.parseAsync()
} catch (error) {
  process.exitCode = explainError(error, (line) => console.error(line))
}

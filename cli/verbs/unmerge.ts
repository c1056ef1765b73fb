import { confirm, isCI, isCancel, isTTY } from '@clack/prompts'
import { Command } from 'commander'
import type { UnmergeAnswer } from '../../worker/contract/unmerge.ts'
import { UsageError } from '../connection.ts'
import { startProgress } from '../progress.ts'
import { session } from '../session.ts'
import { printable } from '../table.ts'
import { walk } from '../walk.ts'

interface Options {
  readonly from?: string
  readonly record?: string
  readonly yes?: true
}

type Done = Extract<UnmergeAnswer, { done: true }>

export function unmerge(): Command {
  return new Command('unmerge')
    .description('Undo a merge: two people again, who are never joined any more.')
    .argument('[profileId]', 'who was merged into somebody else')
    .option('--from <profileId>', 'into whom, for a check')
    .option('--record <messageId>', 'the $merge record, instead of a profileId')
    .option('--yes', 'do not ask: there is no way back')
    .addHelpText(
      'after',
      `
Reads what the log says of the two since the merge, which takes a while where that
was long ago. Until all of it is read nothing changes, so it may be interrupted.
Who was merged is told by \`tsugi tail\` for a while, and by the warehouse for ever:
  npm run tsugi -- sql "SELECT from_id, to_id, changed_at FROM identity_map WHERE how = 'merge'"

Examples:
  npm run tsugi -- unmerge 0192f0c4-9b7d-7d10-8e02-0242ac120002
  npm run tsugi -- unmerge --record '$merge:0192f0c4-…:0192f0c4-…:m-17' --yes`,
    )
    .action(async (profileId: string | undefined, options: Options, command: Command) => {
      const wish = wishOf(profileId, options)
      const api = session(command)
      await consented(options)
      const progress = startProgress('Reading the log')
      let done: Done | null = null
      try {
        const steps = walk({ from: null, pauseMs: 0 }, async (next) => {
          const answer = await api.unmerge({ ...wish, next })
          return { answer, next: answer.done ? null : answer.next }
        })
        for await (const { answer } of steps) {
          progress.say(`${answer.files.done} of ${answer.files.total} files`)
          if (answer.done) done = answer
        }
      } catch (error) {
        progress.fail('Nothing was changed.')
        throw error
      }
      if (done === null) {
        progress.fail('Interrupted: nothing was changed.')
        process.exitCode = 130
        return
      }
      progress.end(`${done.records} records since the merge, ${done.moved} of them moved.`)
      for (const line of linesOf(done)) console.log(line)
    })
}

function wishOf(profileId: string | undefined, { from, record }: Options) {
  if ((profileId === undefined) === (record === undefined)) {
    throw new UsageError('Give either a profileId or --record.')
  }
  return {
    ...(profileId === undefined ? {} : { absorbed: profileId }),
    ...(from === undefined ? {} : { survivor: from }),
    ...(record === undefined ? {} : { merge: record }),
  }
}

async function consented({ yes }: Options): Promise<void> {
  if (yes) return
  if (!isTTY(process.stderr) || isCI()) {
    throw new UsageError('The two are never joined again, so this asks first: add --yes.')
  }
  const message = 'The two are told apart for good, and never joined again. Go on?'
  const answer = await confirm({ message, initialValue: false, output: process.stderr })
  if (answer !== true || isCancel(answer)) throw new UsageError('Nothing was changed.')
}

const linesOf = ({ stays, leaves, unmerge }: Done): string[] => [
  ...[stays, leaves].map(({ profileId, identifiers }) =>
    printable(
      `${profileId}  ${identifiers.map(({ type, value }) => `${type} ${value}`).join(', ') || 'no identifiers'}`,
    ),
  ),
  `Told in the log as ${unmerge}`,
]

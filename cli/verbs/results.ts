import { Command } from 'commander'
import { resultsText } from '../results-text.ts'
import { session } from '../session.ts'
import { table } from '../table.ts'

interface Options {
  readonly json?: true
}

export function results(): Command {
  return new Command('results')
    .description('What the arms of an experiment did; without one, which experiments there are.')
    .argument('[experiment]', 'its key; of a policy with a split, the key of the policy')
    .option('--json', 'as the worker answers')
    .addHelpText(
      'after',
      `
Examples:
  npm run tsugi -- results
  npm run tsugi -- results welcome

What the figures mean: docs/experiments.md`,
    )
    .action(async (experiment: string | undefined, options: Options, command: Command) => {
      const api = session(command)
      if (experiment !== undefined) {
        const found = await api.results(experiment)
        console.log(options.json ? JSON.stringify(found, null, 2) : resultsText(found))
        return
      }
      const { experiments } = await api.experiments()
      if (options.json) {
        console.log(JSON.stringify(experiments, null, 2))
        return
      }
      if (experiments.length === 0) {
        console.log('The active release has no experiment.')
        return
      }
      console.log(
        table(
          ['experiment', 'control', 'arms', 'goals'],
          experiments.map(({ experiment: key, control, arms, goals }) => [
            key,
            control,
            arms.map(({ arm }) => arm).join(', '),
            goals.join(', ') || '(none)',
          ]),
        ),
      )
    })
}

import { Command, Option } from 'commander'
import { session } from '../session.ts'
import { WHY_LANGUAGES, whyText } from '../why-text.ts'
import type { WhyWords } from '../words/why-words.ts'

interface Options {
  readonly language: string
  readonly json?: true
}

export function why(): Command {
  const languages = Object.keys(WHY_LANGUAGES)
  return new Command('why')
    .description('Why a decision came out as it did, and why nothing else was chosen.')
    .argument('<decisionId>', 'as a page or a server was given it')
    .addOption(
      new Option('--language <language>', 'of the words, and of names that have it under "names"')
        .choices(languages)
        .default('en'),
    )
    .option('--json', 'as the worker answers')
    .addHelpText(
      'after',
      `
Examples:
  npm run tsugi -- why d1Qx…
  npm run tsugi -- why d1Qx… --language ja

What is logged, and for how much of the traffic: docs/deciding.md#the-log`,
    )
    .action(async (decisionId: string, options: Options, command: Command) => {
      const answer = await session(command).why(decisionId, options.language)
      if (options.json) console.log(JSON.stringify(answer, null, 2))
      else console.log(whyText(answer, WHY_LANGUAGES[options.language] as WhyWords))
    })
}

import { Command, InvalidArgumentError } from 'commander'
import { startProgress } from '../progress.ts'
import { session } from '../session.ts'
import { walk } from '../walk.ts'

interface Options {
  readonly repair?: true
  readonly from?: string
  readonly batch: number
  readonly pause: number
}

export function resegment(): Command {
  return new Command('resegment')
    .description('Evaluate everybody by the active release now, not when they next come by.')
    .option('--repair', 'also write whoever seems in order: after a fail-over of Redis')
    .option('--from <cursor>', 'go on where an earlier run ended')
    .option('--batch <n>', 'profiles a step, 1 to 500', wholeNumber(1, 500), 200)
    .option('--pause <ms>', 'between two steps', wholeNumber(0, 60_000), 0)
    .addHelpText(
      'after',
      `
Publishing evaluates nobody: each person is when next touched, or when time alone
could move them. This walks through all of them. Nobody is written who is in order,
so it may be interrupted and begun again.

Examples:
  npm run tsugi -- resegment
  npm run tsugi -- resegment --batch 50 --pause 200`,
    )
    .action(async (options: Options, command: Command) => {
      const api = session(command)
      const sum = { scanned: 0, changed: 0, entered: 0, exited: 0 }
      let cursor: string | null = options.from ?? null
      let epoch: number | null = null
      let published = false
      const told = (): string =>
        `${sum.scanned} people, ${sum.changed} written: ${sum.entered} entries, ${sum.exited} exits`
      const goOn = (): string =>
        cursor === null || sum.scanned === 0 ? '' : ` Go on with: resegment --from ${cursor}`
      const progress = startProgress('Evaluating everybody')
      try {
        const steps = walk({ from: cursor, pauseMs: options.pause }, (from) =>
          api.resegment({ cursor: from, limit: options.batch, repair: options.repair === true }),
        )
        for await (const step of steps) {
          published ||= epoch !== null && step.epoch !== epoch
          epoch = step.epoch
          cursor = step.next
          for (const name of ['scanned', 'changed', 'entered', 'exited'] as const) {
            sum[name] += step[name]
          }
          progress.say(told())
        }
      } catch (error) {
        progress.fail(`Stopped after ${told()}.${goOn()}`)
        throw error
      }
      if (cursor === null) progress.end('Everybody is evaluated.')
      else {
        progress.fail(`Interrupted.${goOn()}`)
        process.exitCode = 130
      }
      console.log(`${told()}.`)
      if (published) {
        console.log('Something was published meanwhile: run it again for those who came first.')
      }
    })
}

const wholeNumber =
  (min: number, max: number) =>
  (text: string): number => {
    const value = Number(text)
    if (!/^\d+$/.test(text) || value < min || value > max) {
      throw new InvalidArgumentError(`Expected a whole number from ${min} to ${max}.`)
    }
    return value
  }

/** Results of an experiment as somebody at a terminal reads them. */
import type { Comparison } from '../worker/core/experiment/compare.ts'
import type { ExperimentResults, GoalArm, GoalResults } from '../worker/core/experiment/results.ts'
import type { SampleRatio } from '../worker/core/experiment/sample-ratio.ts'
import { table } from './table.ts'

export function resultsText(results: ExperimentResults): string {
  const { experiment, control, asOf, alpha, arms, sampleRatio, goals } = results
  const parts = [
    `${experiment}  (control: ${control}, as of ${asOf})`,
    table(
      ['arm', 'share', 'people', 'exposures', 'met two arms'],
      arms.map(({ arm, share, people, exposures, crossed }) => [
        arm,
        percent(share),
        count(people),
        count(exposures),
        count(crossed),
      ]),
    ),
    ratioText(sampleRatio),
  ]
  if (arms.every(({ people, crossed }) => people + crossed === 0)) {
    parts.push('Nobody has met it yet, or the files are not written yet: a minute, mostly.')
  }
  if (goals.length === 0) {
    parts.push('No goal is configured, so there is nothing to compare by: docs/learning.md.')
  }
  return [
    ...parts,
    ...goals.map((goal) => goalText(goal, control)),
    ...(goals.length === 0
      ? []
      : [`Intervals hold at every look, with a probability of ${percent(1 - alpha)}.`]),
  ].join('\n\n')
}

function ratioText({ status, sequentialP, arms }: SampleRatio): string {
  if (status === 'not_yet') return 'Sample ratio: too few people to tell.'
  const p = `p = ${small(sequentialP ?? 1)}`
  if (status === 'ok') return `Sample ratio: as meant (${p}).`
  const seen = arms.map(
    ({ arm, people, expected }) => `${arm} ${people} of ${Math.round(expected)}`,
  )
  return `SAMPLE RATIO BROKEN (${p}): ${seen.join(', ')} expected. Something loses people of one arm: trust no figure below.`
}

function goalText({ goal, windowMs, arms, comparisons }: GoalResults, control: string): string {
  const currencies = arms[0]?.value.map(({ currency }) => currency) ?? []
  const rows = arms.map((arm) => [
    arm.arm,
    count(arm.people),
    count(arm.pending),
    count(arm.converted),
    arm.rate === null ? '–' : percent(arm.rate),
    ...currencies.flatMap((_, i) => moneyCells(arm, i)),
  ])
  return [
    `Goal ${goal}, within ${hours(windowMs)} of the first exposure`,
    table(
      [
        'arm',
        'people, window closed',
        'window open',
        'converted',
        'rate',
        ...currencies.flatMap((currency) => [currency, 'a person']),
      ],
      rows,
    ),
    ...comparisons.map((comparison) => `  ${comparisonText(comparison, control)}`),
  ].join('\n')
}

const moneyCells = ({ value }: GoalArm, i: number): string[] => {
  const { total = 0, mean = null } = value[i] ?? {}
  return [money(total), mean === null ? '–' : money(mean)]
}

export function comparisonText(comparison: Comparison, control: string): string {
  const { arm, metric, verdict, difference, lift, morePeople } = comparison
  const isRate = metric === 'rate'
  const of = `${arm} against ${control}, ${isRate ? 'rate' : metric.replace('value:', '')}`
  if (difference === null) {
    return morePeople === null
      ? `${of}: not yet; ${isRate ? 'nobody has converted' : 'nobody has paid what was not paid back'}.`
      : `${of}: not yet; ${count(morePeople)} more people in the smaller arm, with their window closed.`
  }
  const unit = (n: number): string => signed(isRate ? n * 100 : n)
  const points = isRate ? ' points' : ''
  const { estimate, low, high } = difference
  const span = `${unit(estimate)}${points} (${unit(low)} to ${unit(high)})`
  const relative =
    lift === null
      ? ''
      : `, lift ${signed(lift.estimate * 100)}% (${signed(lift.low * 100)}% to ${signed(lift.high * 100)}%)`
  const told = {
    better: 'BETTER',
    worse: 'WORSE',
    undecided:
      morePeople === null
        ? 'no difference to speak of'
        : `undecided; a difference like this one needs about ${count(morePeople)} more people`,
    not_yet: 'not yet',
  }[verdict]
  return `${of}: ${span}${relative}: ${told}.`
}

const count = (n: number): string => n.toLocaleString('en')
const money = (n: number): string => n.toLocaleString('en', { maximumFractionDigits: 2 })
const percent = (n: number): string => `${(n * 100).toFixed(n < 0.1 ? 2 : 1)}%`
const signed = (n: number): string => `${n >= 0 ? '+' : '−'}${money(Math.abs(n))}`
const small = (p: number): string => (p < 0.0001 ? '< 0.0001' : p.toFixed(4))
const hours = (ms: number): string => {
  if (ms % 86_400_000 === 0) return `${ms / 86_400_000} days`
  if (ms < 7_200_000) return `${+(ms / 60_000).toFixed(1)} minutes`
  return `${+(ms / 3_600_000).toFixed(2)} hours`
}

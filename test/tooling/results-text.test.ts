/** Results as the terminal shows them, from the same tallies as the worker's. */
import { expect, test } from 'vitest'
import { resultsText } from '../../cli/results-text.ts'
import { experimentResults } from '../../worker/core/experiment/results.ts'
import { NO_COUNTS, type TallyRow } from '../../worker/core/experiment/tally.ts'

const plan = {
  experiment: 'hero-test',
  control: 'control',
  arms: [
    { arm: 'control', share: 0.5 },
    { arm: '暖かい', share: 0.5 },
  ],
  goals: [{ goal: 'order', windowMs: 7 * 86_400_000 }],
}
const rows = (arm: string, people: number, converted: number): TallyRow[] => {
  const key = { experiment: 'hero-test', arm, hour: -1, goal: '', currency: '' }
  return [
    { ...key, ...NO_COUNTS, people, exposures: people * 2 },
    { ...key, goal: 'order', ...NO_COUNTS, converted, conversions: converted },
    {
      ...key,
      goal: 'order',
      currency: 'JPY',
      ...NO_COUNTS,
      micro: converted * 1e9,
      squares: converted * 1e6,
    },
  ]
}
const textOf = (tallies: TallyRow[], over: Partial<typeof plan> = {}): string =>
  resultsText(experimentResults({ ...plan, ...over }, tallies, Date.UTC(2026, 2, 10)))

test('a clear result, in columns that line up', () => {
  const text = textOf([...rows('control', 1000, 100), ...rows('暖かい', 1010, 200)])
  expect(text).toContain('hero-test  (control: control, as of 2026-03-10T00:00:00.000Z)')
  expect(text).toContain('暖かい   50.0%  1,010   2,020      0')
  expect(text).toContain('Sample ratio: as meant (p = 1.0000).')
  expect(text).toContain('Goal order, within 7 days of the first exposure')
  expect(text).toMatch(/^arm +people, window closed +window open/m)
  expect(text).toMatch(/暖かい {3}1,010 {18}0 {12}200 {8}19\.8% {2}200,000 {2}198\.02/)
  expect(text).toMatch(
    /暖かい against control, rate: \+9\.8 points \(\+4\.51 to \+15\.09\), lift \+98\.02% .*: BETTER\./,
  )
  expect(text).toContain('Intervals hold at every look, with a probability of 95.0%.')
})

test('the other way round', () => {
  const text = textOf([...rows('control', 1000, 200), ...rows('暖かい', 1000, 100)])
  expect(text).toMatch(/rate: −10 points \(.*: WORSE\./)
})

test('too early, and how much is missing', () => {
  expect(textOf([...rows('control', 80, 20), ...rows('暖かい', 70, 10)])).toContain(
    '暖かい against control, rate: not yet; 30 more people in the smaller arm, with their window closed.',
  )
  expect(textOf([...rows('control', 80, 0), ...rows('暖かい', 70, 0)])).toContain(
    'rate: not yet; nobody has converted.',
  )
  expect(textOf([...rows('control', 800, 0), ...rows('暖かい', 700, 0)])).not.toContain('Infinity')
})

test('undecided, with and without hope', () => {
  expect(textOf([...rows('control', 1000, 100), ...rows('暖かい', 1000, 110)])).toMatch(
    /undecided; a difference like this one needs about [\d,]+ more people\./,
  )
  expect(textOf([...rows('control', 1000, 100), ...rows('暖かい', 1000, 100)])).toContain(
    'no difference to speak of.',
  )
})

test('a broken split comes before everything', () => {
  const text = textOf([...rows('control', 1000, 100), ...rows('暖かい', 1300, 130)])
  expect(text).toContain(
    'SAMPLE RATIO BROKEN (p = < 0.0001): control 1000 of 1150, 暖かい 1300 of 1150 expected.',
  )
})

test('nobody yet, and no goal', () => {
  expect(textOf([])).toContain('Nobody has met it yet')
  expect(textOf([], { goals: [] })).toContain('No goal is configured')
})

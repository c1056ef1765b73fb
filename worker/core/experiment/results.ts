/** From an experiment's tallies to what can be said of its arms at this moment. */
import { sampleRatio, type SampleRatio } from './sample-ratio.ts'
import { compare, type Comparison } from './compare.ts'
import type { Payers } from './tails.ts'
import { HOUR_MS, type TallyRow } from './tally.ts'

export interface ExperimentPlan {
  readonly experiment: string
  /** The arm all others are compared with. */
  readonly control: string
  readonly arms: readonly { readonly arm: string; readonly share: number }[]
  readonly goals: readonly { readonly goal: string; readonly windowMs: number }[]
}

export interface ExperimentResults {
  readonly experiment: string
  readonly control: string
  readonly asOf: string
  /** Each interval leaves the truth out, at any look, with this probability at most. */
  readonly alpha: number
  readonly arms: readonly {
    readonly arm: string
    readonly share: number
    readonly people: number
    readonly exposures: number
    /** Left out: they met another arm later. */
    readonly crossed: number
  }[]
  readonly sampleRatio: SampleRatio
  readonly goals: readonly GoalResults[]
}

export interface GoalResults {
  readonly goal: string
  readonly windowMs: number
  readonly arms: readonly GoalArm[]
  readonly comparisons: readonly Comparison[]
}

/** Of people whose window is closed, unless it says otherwise. */
export interface GoalArm {
  readonly arm: string
  readonly people: number
  /** Their window is open: neither a success nor a failure yet. */
  readonly pending: number
  /** Of the pending ones, who has converted already. */
  readonly pendingConverted: number
  readonly converted: number
  readonly conversions: number
  /** converted ÷ people; null with nobody. */
  readonly rate: number | null
  readonly value: readonly ArmValue[]
}

export interface ArmValue {
  readonly currency: string
  readonly total: number
  /** Over all people, also those who paid nothing. */
  readonly mean: number | null
  readonly variance: number
}

export function experimentResults(
  { experiment, control, arms, goals }: ExperimentPlan,
  tallies: readonly TallyRow[],
  nowMs: number,
  alpha = 0.05,
): ExperimentResults {
  const rows = tallies.filter((row) => row.experiment === experiment)
  const head = arms.map(({ arm, share }) => {
    const own = rows.filter((row) => row.arm === arm && row.goal === '')
    return {
      arm,
      share,
      people: total(own, 'people'),
      exposures: total(own, 'exposures'),
      crossed: total(own, 'crossed'),
    }
  })
  // Together the intervals of all arms leave out a truth with probability alpha at most.
  const each = alpha / Math.max(1, arms.length - 1)
  return {
    experiment,
    control,
    asOf: new Date(nowMs).toISOString(),
    alpha,
    arms: head,
    sampleRatio: sampleRatio(
      head.map(({ arm, share, people, crossed }) => ({ arm, share, people: people + crossed })),
    ),
    goals: goals.map(({ goal, windowMs }) => {
      const currencies = [...new Set(rows.filter((r) => r.goal === goal).map((r) => r.currency))]
        .filter((currency) => currency !== '')
        .sort()
      const measured = arms.map(({ arm }) =>
        goalArm(rows, { arm, goal, currencies, closedBefore: (nowMs - windowMs) / HOUR_MS - 1 }),
      )
      return {
        goal,
        windowMs,
        arms: measured,
        comparisons: comparisons(measured, control, currencies, each),
      }
    }),
  }
}

const total = (
  rows: readonly TallyRow[],
  name: 'people' | 'crossed' | 'exposures' | 'converted' | 'conversions' | 'micro' | 'squares',
): number => rows.reduce((sum, row) => sum + row[name], 0)

interface Measure {
  readonly arm: string
  readonly goal: string
  readonly currencies: readonly string[]
  /** Whoever was first exposed in this hour or before has a closed window. */
  readonly closedBefore: number
}

function goalArm(
  rows: readonly TallyRow[],
  { arm, goal, currencies, closedBefore }: Measure,
): GoalArm {
  const own = rows.filter((row) => row.arm === arm)
  const isClosed = ({ hour }: TallyRow): boolean => hour <= closedBefore
  const heads = own.filter((row) => row.goal === '')
  const counts = own.filter((row) => row.goal === goal && row.currency === '')
  const people = total(heads.filter(isClosed), 'people')
  const closed = counts.filter(isClosed)
  const converted = total(closed, 'converted')
  return {
    arm,
    people,
    pending: total(heads, 'people') - people,
    pendingConverted: total(counts, 'converted') - converted,
    converted,
    conversions: total(closed, 'conversions'),
    rate: people === 0 ? null : converted / people,
    value: currencies.map((currency) => {
      const paid = own.filter((r) => r.goal === goal && r.currency === currency && isClosed(r))
      const sum = total(paid, 'micro') / 1e6
      const mean = people === 0 ? null : sum / people
      return {
        currency,
        total: sum,
        mean,
        variance:
          people < 2 ? 0 : Math.max(0, (total(paid, 'squares') - sum * (mean ?? 0)) / (people - 1)),
      }
    }),
  }
}

/** Half a success and half a failure more, so that an arm without any has a width too. */
const rateSample = ({ people, converted }: GoalArm): Payers => {
  const smooth = (converted + 0.5) / (people + 1)
  const mean = people === 0 ? 0 : converted / people
  return { people, converted, mean, variance: smooth * (1 - smooth) }
}

function comparisons(
  arms: readonly GoalArm[],
  control: string,
  currencies: readonly string[],
  alpha: number,
): Comparison[] {
  const base = arms.find(({ arm }) => arm === control)
  if (base === undefined) return []
  return arms
    .filter(({ arm }) => arm !== control)
    .flatMap((other) => {
      const of = (metric: string, sample: (arm: GoalArm) => Payers): Comparison =>
        compare({
          arm: other.arm,
          metric,
          treatment: sample(other),
          control: sample(base),
          alpha,
        })
      return [
        of('rate', rateSample),
        ...currencies.map((currency, i) =>
          of(`value:${currency}`, ({ people, converted, value }) => ({
            people,
            converted,
            mean: value[i]?.mean ?? 0,
            variance: value[i]?.variance ?? 0,
          })),
        ),
      ]
    })
}

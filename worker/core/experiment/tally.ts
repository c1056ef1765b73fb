/**
 * What people add to an experiment's tallies: rows that are summed up. Each
 * names the hour of first exposure, so that people whose window is open can be
 * told from those whose outcome is final, at any later moment.
 */
import type { Outcome } from './outcome.ts'

export const HOUR_MS = 3_600_000

export interface TallyKey {
  readonly experiment: string
  readonly arm: string
  /** Hours since 1970 of the first exposure. */
  readonly hour: number
  /** '' for the row that counts people. */
  readonly goal: string
  /** ISO 4217; '' for the row that counts conversions. */
  readonly currency: string
}

export interface TallyCounts {
  /** Exposed to this arm alone. */
  readonly people: number
  /** Exposed to this arm first and to another one later: left out of all else. */
  readonly crossed: number
  /** Impressions, of whomever. */
  readonly exposures: number
  /** People with one conversion or more. */
  readonly converted: number
  readonly conversions: number
  /** Money in millionths of a unit, refunds taken off. */
  readonly micro: number
  /** Sum over people of their money squared, in units: the variance is made of it. */
  readonly squares: number
}

export type TallyRow = TallyKey & TallyCounts

export const NO_COUNTS: TallyCounts = {
  people: 0,
  crossed: 0,
  exposures: 0,
  converted: 0,
  conversions: 0,
  micro: 0,
  squares: 0,
}
const COUNTS = Object.keys(NO_COUNTS) as (keyof TallyCounts)[]

/** One person's part in one experiment. */
export interface Part {
  readonly experiment: string
  /** The one exposed to first. */
  readonly arm: string
  readonly firstMs: number
  /** Exposed to another arm as well. */
  readonly crossed: boolean
  /** By goal. */
  readonly outcomes: { readonly [goal: string]: Outcome }
}

/** What this person is in the tallies. */
export function rowsOf({ experiment, arm, firstMs, crossed, outcomes }: Part): TallyRow[] {
  const key = { experiment, arm, hour: Math.floor(firstMs / HOUR_MS), goal: '', currency: '' }
  if (crossed) return [{ ...key, ...NO_COUNTS, crossed: 1 }]
  const rows: TallyRow[] = [{ ...key, ...NO_COUNTS, people: 1 }]
  for (const [goal, { conversions, micro }] of Object.entries(outcomes)) {
    if (conversions > 0) rows.push({ ...key, goal, ...NO_COUNTS, converted: 1, conversions })
    for (const [currency, amount] of Object.entries(micro)) {
      const squares = (amount / 1e6) ** 2
      rows.push({ ...key, goal, currency, ...NO_COUNTS, micro: amount, squares })
    }
  }
  return rows
}

const keyOf = ({ experiment, arm, hour, goal, currency }: TallyKey): string =>
  JSON.stringify([experiment, arm, hour, goal, currency])

/** Rows of one key as one; those that come to nothing are left out. */
export function sumRows(rows: Iterable<TallyRow>): TallyRow[] {
  const sums = new Map<string, TallyKey & { -readonly [K in keyof TallyCounts]: number }>()
  for (const row of rows) {
    const key = keyOf(row)
    const sum = sums.get(key)
    if (sum === undefined) sums.set(key, { ...row })
    else for (const name of COUNTS) sum[name] += row[name]
  }
  return [...sums.values()].filter((row) => COUNTS.some((name) => row[name] !== 0))
}

const negative = (row: TallyRow): TallyRow => ({
  ...row,
  ...(Object.fromEntries(COUNTS.map((name) => [name, -row[name]])) as unknown as TallyCounts),
})

/**
 * How the tallies change when these parts become those: what is logged, so that
 * the sum over the log is always the people as they stand.
 */
export function changeOf(before: readonly Part[], after: readonly Part[]): TallyRow[] {
  const was = before.flatMap(rowsOf)
  const texts = was.map((row) => JSON.stringify(row))
  const fresh = after.flatMap(rowsOf).filter((row) => {
    // Equal rows cancel out; as sums of squares they would leave a crumb.
    const same = texts.indexOf(JSON.stringify(row))
    if (same === -1) return true
    texts.splice(same, 1)
    was.splice(same, 1)
    return false
  })
  return sumRows([...fresh, ...was.map(negative)])
}

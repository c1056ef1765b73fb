/**
 * What a batch of records adds to the tallies: exposures and rewards of what
 * was chosen, and how experiments' tallies change. Each record counts here
 * once; whether the batch does is for whoever writes it down.
 */
import type { JsonObject, JsonValue } from '../../contract/message.ts'
import { HOUR_MS, NO_COUNTS, type TallyCounts, type TallyRow } from '../experiment/tally.ts'
import { armsMet, chosenOf, whatOf, type Chosen } from './exposure.ts'

/** As much of a record as counts. */
export interface CountedRecord {
  readonly type: string
  readonly event: string | null
  readonly timestampMs: number
  readonly late: boolean
  readonly properties: JsonObject
}

export interface ChoiceKey {
  /** Digest of what was chosen. */
  readonly what: string
  /** Version of the weights it was drawn by; 0 for none. */
  readonly model: number
  /** '' for the row that counts exposures. */
  readonly goal: string
  /** ISO 4217; '' where no money is counted. */
  readonly currency: string
  /** Hours since 1970 of the exposure. */
  readonly hour: number
}

export interface ChoiceCounts {
  readonly impressions: number
  readonly clicks: number
  /** Decisions with one reward or more. */
  readonly rewarded: number
  readonly rewards: number
  /** Millionths of a unit, refunds taken off. */
  readonly micro: bigint
  /** Sum over decisions of their money squared, in units. */
  readonly squares: number
}
export type ChoiceRow = ChoiceKey & ChoiceCounts
/** `micro` beyond 2^53 is what a batch may come to. */
export type ExperimentRow = Omit<TallyRow, 'micro'> & { readonly micro: bigint }

export interface Totals {
  /** Digest → what it stands for. */
  readonly chosen: ReadonlyMap<string, Chosen>
  readonly choices: readonly ChoiceRow[]
  readonly experiments: readonly ExperimentRow[]
}

type Writable<T> = { -readonly [K in keyof T]: T[K] }

/** A sum by key: what has no key yet begins at zero. */
class Sums<K extends object, C extends object> {
  readonly #rows = new Map<string, Writable<K & C>>()
  readonly #zero: C
  constructor(zero: C) {
    this.#zero = zero
  }

  at(key: K): Writable<K & C> {
    const id = JSON.stringify(Object.values(key))
    const row = this.#rows.get(id) ?? { ...key, ...this.#zero }
    this.#rows.set(id, row)
    return row
  }

  rows(): (K & C)[] {
    return [...this.#rows.values()]
  }
}

const text = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : '')
const number = (value: JsonValue | undefined): number => (typeof value === 'number' ? value : 0)
const hourOf = (ms: number): number => Math.floor(ms / HOUR_MS)

const EXPOSURES = { $impression: 'impressions', $click: 'clicks' } as const
const NOTHING: ChoiceCounts = {
  impressions: 0,
  clicks: 0,
  rewarded: 0,
  rewards: 0,
  micro: 0n,
  squares: 0,
}

export class Tallying {
  readonly #chosen = new Map<string, Chosen>()
  readonly #choices = new Sums<ChoiceKey, ChoiceCounts>(NOTHING)
  readonly #experiments = new Sums<
    Pick<TallyRow, 'experiment' | 'arm' | 'hour' | 'goal' | 'currency'>,
    Omit<ExperimentRow, 'experiment' | 'arm' | 'hour' | 'goal' | 'currency'>
  >({ ...NO_COUNTS, micro: 0n })

  add(record: CountedRecord): void {
    const { type, event, late, properties } = record
    // Late ones changed nobody, and may be repeats.
    if (late) return
    if (type === 'track' && (event === '$impression' || event === '$click')) {
      this.#expose(EXPOSURES[event], record)
    } else if (type === '$reward') this.#reward(properties)
    else if (type === '$outcome' && Array.isArray(properties['rows'])) {
      for (const row of properties['rows']) this.#change(row as JsonObject)
    }
  }

  #expose(kind: 'impressions' | 'clicks', { properties, timestampMs }: CountedRecord): void {
    const hour = hourOf(timestampMs)
    const chosen = chosenOf(properties)
    if (chosen !== null) {
      const what = whatOf(chosen)
      this.#chosen.set(what, chosen)
      const model = number(properties['model'])
      this.#choices.at({ what, model, goal: '', currency: '', hour })[kind]++
    }
    if (kind === 'clicks') return
    for (const met of armsMet(properties)) {
      this.#experiments.at({ ...met, hour, goal: '', currency: '' }).exposures++
    }
  }

  #reward(properties: JsonObject): void {
    const sum = this.#choices.at({
      what: text(properties['what']),
      model: number(properties['model']),
      goal: text(properties['goal']),
      currency: text(properties['currency']),
      hour: hourOf(number(properties['exposedMs'])),
    })
    if (properties['first'] === true) sum.rewarded++
    if (properties['refund'] !== true) sum.rewards++
    sum.micro += BigInt(number(properties['micro']))
    sum.squares += number(properties['squares'])
  }

  #change(row: JsonObject): void {
    const sum = this.#experiments.at({
      experiment: text(row['experiment']),
      arm: text(row['arm']),
      hour: number(row['hour']),
      goal: text(row['goal']),
      currency: text(row['currency']),
    })
    for (const name of Object.keys(NO_COUNTS) as (keyof TallyCounts)[]) {
      if (name === 'micro') sum.micro += BigInt(number(row[name]))
      else sum[name] += number(row[name])
    }
  }

  totals(): Totals {
    return {
      chosen: this.#chosen,
      choices: this.#choices.rows(),
      experiments: this.#experiments.rows(),
    }
  }
}

/**
 * How often and when a person met what some cap counts. Of each counter the
 * newest minutes are kept, as many as the highest cap on it allows: if all of
 * them lie in a window the cap is reached, whatever else there was. The newest
 * of a union are the newest of the newest, so order does not matter.
 *
 * Packed as [ever, newest minute, minutes between it and the one before, …];
 * "ever" only where some cap is for life.
 */
import { longestVarints, varint, VarintReader } from './varint.ts'
import { ID_LENGTH, pack, unpack } from './packed.ts'

/** What the caps on one counter need of it. */
export interface CounterNeed {
  /** The longest window; 0 where all are for life. */
  readonly windowMs: number
  /** The highest `max` of a window. */
  readonly newest: number
  /** Whether some cap is for life. */
  readonly ever: boolean
}
/** By counter id. */
export type CounterNeeds = ReadonlyMap<string, CounterNeed>

export const MINUTE_MS = 60_000
/** Minutes are counted from 2020 on: five characters hold them until 2083. */
const FIRST_MS = 1_577_836_800_000
const MINUTE_CHARACTERS = 5
const minuteOf = (ms: number): number => Math.max(0, Math.floor((ms - FIRST_MS) / MINUTE_MS))
const msOf = (minute: number): number => FIRST_MS + minute * MINUTE_MS
/** Where counting for life ends: four characters. */
const MOST_EVER = 2 ** 20 - 1

interface Counter {
  readonly ever: number
  /** Newest first. */
  readonly minutes: readonly number[]
}
const NONE: Counter = { ever: 0, minutes: [] }

function decode(text: string | undefined): Counter {
  if (text === undefined) return NONE
  const reader = new VarintReader(text)
  const ever = reader.next()
  const minutes: number[] = []
  for (let step = reader.next(), at = 0; step !== -1; step = reader.next()) {
    at = minutes.length === 0 ? step : at - step
    minutes.push(at)
  }
  return { ever, minutes }
}

function encode({ ever, minutes }: Counter): string {
  let text = varint(ever)
  for (const [i, minute] of minutes.entries()) {
    text += varint(i === 0 ? minute : (minutes[i - 1] as number) - minute)
  }
  return text
}

function settle(counter: Counter, need: CounterNeed, greatestMs: number): Counter {
  const floor = minuteOf(greatestMs - need.windowMs)
  return {
    ever: need.ever ? Math.min(counter.ever, MOST_EVER) : 0,
    minutes: counter.minutes.slice(0, need.newest).filter((minute) => minute >= floor),
  }
}

const isEmpty = ({ ever, minutes }: Counter): boolean => ever === 0 && minutes.length === 0

/** One exposure of a counter. */
export type Exposure = readonly [id: string, timestampMs: number]

/** Adds exposures, and drops what no cap can need any more. */
export function foldExposures(
  packed: string,
  added: readonly Exposure[],
  needs: CounterNeeds,
  greatestMs: number,
): string {
  if (packed === '' && added.length === 0) return ''
  const minutes = Map.groupBy(added, ([id]) => id)
  const entries = unpack(packed)
  const settled = new Map<string, string>()
  for (const id of new Set([...entries.keys(), ...minutes.keys()])) {
    const need = needs.get(id)
    // No cap asks any more.
    if (need === undefined) continue
    const news = minutes.get(id)
    let counter = decode(entries.get(id))
    if (news !== undefined) {
      const all = news.map(([, ms]) => minuteOf(ms)).concat(counter.minutes)
      counter = { ever: counter.ever + news.length, minutes: all.sort((a, b) => b - a) }
    }
    counter = settle(counter, need, greatestMs)
    if (!isEmpty(counter)) settled.set(id, encode(counter))
  }
  return pack(settled)
}

export function mergeExposures(
  a: string,
  b: string,
  needs: CounterNeeds,
  greatestMs: number,
): string {
  const [left, right] = [unpack(a), unpack(b)]
  const settled = new Map<string, string>()
  for (const id of new Set([...left.keys(), ...right.keys()])) {
    const need = needs.get(id)
    if (need === undefined) continue
    const [x, y] = [decode(left.get(id)), decode(right.get(id))]
    const minutes = [...x.minutes, ...y.minutes].sort((m, n) => n - m)
    const counter = settle({ ever: x.ever + y.ever, minutes }, need, greatestMs)
    if (!isEmpty(counter)) settled.set(id, encode(counter))
  }
  return pack(settled)
}

/** Counters from what they counted. */
export const packCounters = (
  counters: readonly (readonly [id: string, ever: number, timesMs: readonly number[]])[],
): string =>
  pack(
    new Map(
      counters.map(([id, ever, timesMs]) => {
        const minutes = timesMs.map(minuteOf).sort((a, b) => b - a)
        return [id, encode({ ever: Math.min(ever, MOST_EVER), minutes })]
      }),
    ),
  )

export interface CounterView {
  /** 0 where no cap is for life. */
  readonly ever: number
  /** When each minute began, newest first. */
  readonly minutesMs: readonly number[]
}

/** Every counter of a profile, read out. */
export const readExposures = (packed: string): Map<string, CounterView> =>
  new Map(
    [...unpack(packed)].map(([id, text]) => {
      const { ever, minutes } = decode(text)
      return [id, { ever, minutesMs: minutes.map(msOf) }]
    }),
  )

/** Counters as a decision asks them: each is read no further than its cap needs. */
export class Counts {
  readonly #packed: string
  #entries: ReadonlyMap<string, string> | undefined

  constructor(packed: string) {
    this.#packed = packed
  }

  #textOf(id: string): string | undefined {
    if (this.#packed === '') return undefined
    return (this.#entries ??= unpack(this.#packed)).get(id)
  }

  ever(id: string): number {
    const text = this.#textOf(id)
    return text === undefined ? 0 : new VarintReader(text).next()
  }

  /**
   * Exposures after `fromMs` and up to `toMs`. A minute counts whole, so that
   * a cap errs on the side of silence.
   */
  between(id: string, fromMs: number, toMs: number): number {
    const text = this.#textOf(id)
    if (text === undefined) return 0
    const reader = new VarintReader(text)
    reader.next()
    let n = 0
    let minute = reader.next()
    for (let step = minute; step !== -1;) {
      const ms = msOf(minute)
      if (ms + MINUTE_MS <= fromMs) break
      if (ms <= toMs) n++
      step = reader.next()
      minute -= step
    }
    return n
  }

  /** When the n-th newest of them began; null where there are fewer. */
  nthNewestMs(id: string, n: number): number | null {
    const { minutes } = decode(this.#textOf(id))
    const minute = minutes[n - 1]
    return minute === undefined ? null : msOf(minute)
  }
}

/** The largest entry that a counter can make, in characters. */
export const counterBytes = ({ windowMs, newest, ever }: CounterNeed): number =>
  1 +
  ID_LENGTH +
  (ever ? varint(MOST_EVER).length : 1) +
  (newest === 0
    ? 0
    : MINUTE_CHARACTERS + longestVarints(newest - 1, Math.ceil(windowMs / MINUTE_MS) + 1))

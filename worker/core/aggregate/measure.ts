/**
 * What a computed trait adds up. A cell is a commutative monoid: of one event,
 * and joined of two, in any order and grouping.
 */
import type { AggregateConfig } from '../../contract/config.ts'
import type { JsonValue } from '../../contract/message.ts'
import { fromSortableDigits, murmur3, sortableDigits } from '../hash.ts'
import { nfkc } from '../nfkc.ts'
import { fitsBytes } from '../profile/size.ts'

/** What is declared, and what conditions ask beside it: when it first and last happened. */
export type Compute = AggregateConfig['compute'] | 'earliest' | 'latest'

/** JSON of a measure's own shape. */
export type Cell = JsonValue

export interface Measure {
  /** null when the event has nothing to add: no such property, or one of another type. */
  of(value: JsonValue | undefined, timestampMs: number, digest: string): Cell | null
  join(a: Cell, b: Cell): Cell
  /** undefined when nothing was added. */
  read(cell: Cell | null): { readonly value: JsonValue | undefined; readonly sampled?: boolean }
  /** The largest cell, in bytes of JSON. */
  readonly bytes: number
}

/** How many values `unique` and `mostFrequent` keep: exact up to so many. */
export const KEPT_VALUES = 24
/** Bytes of a value that first, last and mostFrequent may hold, as JSON. */
const VALUE_BYTES = 48
/** Beyond it a value is no amount. */
const LARGEST_AMOUNT = 1e9
/** Sums are kept in whole millionths: floating-point sums would depend on their order. */
const MICRO = 1_000_000

const isAmount = (value: JsonValue | undefined): value is number =>
  typeof value === 'number' && Math.abs(value) <= LARGEST_AMOUNT

/** More of one thing in one bucket is no person's doing, and takes no more room. */
const MOST_COUNTED = 999_999

const count: Measure = {
  of: () => 1,
  join: (a, b) => Math.min((a as number) + (b as number), MOST_COUNTED),
  read: (cell) => ({ value: cell ?? 0 }),
  bytes: 7,
}

/** units + micros / 10^6, with micros in [0, 10^6): exact up to 10^15. */
type SumCell = readonly [n: number, units: number, micros: number]

function sumCell(n: number, units: number, micros: number): SumCell {
  const carry = Math.floor(micros / MICRO)
  return [n, units + carry, micros - carry * MICRO]
}

const summed = (read: (n: number, sum: number) => number | undefined): Measure => ({
  of: (value) => {
    if (!isAmount(value)) return null
    const units = Math.floor(value)
    return sumCell(1, units, Math.round((value - units) * MICRO))
  },
  join: (a, b) => {
    const [x, y] = [a as SumCell, b as SumCell]
    return sumCell(x[0] + y[0], x[1] + y[1], x[2] + y[2])
  },
  read: (cell) => {
    const [n, units, micros] = (cell as SumCell | null) ?? [0, 0, 0]
    // One rounding only: 19 + 0.3 is not 19.3, but 19300000 / 10^6 is.
    const total = units * MICRO + micros
    return { value: read(n, Number.isSafeInteger(total) ? total / MICRO : units + micros / MICRO) }
  },
  bytes: 36,
})

const extreme = (pick: (a: number, b: number) => number): Measure => ({
  of: (value) => (isAmount(value) ? value : null),
  join: (a, b) => pick(a as number, b as number),
  read: (cell) => ({ value: cell ?? undefined }),
  bytes: 24,
})

const when = (pick: (a: number, b: number) => number): Measure => ({
  of: (_value, timestampMs) => timestampMs,
  join: (a, b) => pick(a as number, b as number),
  read: (cell) => ({ value: cell ?? undefined }),
  bytes: 14,
})

type EndCell = readonly [timestampMs: number, digest: string, value: JsonValue]

const end = (isFirst: boolean): Measure => ({
  of: (value, timestampMs, digest) =>
    value === undefined || value === null || !fitsBytes(value, VALUE_BYTES)
      ? null
      : [timestampMs, digest, value],
  join: (a, b) => {
    const [x, y] = [a as EndCell, b as EndCell]
    const xIsFirst = x[0] < y[0] || (x[0] === y[0] && x[1] < y[1])
    return xIsFirst === isFirst ? a : b
  },
  read: (cell) => ({ value: (cell as EndCell | null)?.[2] }),
  bytes: 30 + VALUE_BYTES,
})

export const isCountable = (value: JsonValue | undefined): value is string | number | boolean =>
  (typeof value === 'string' && fitsBytes(value, VALUE_BYTES)) ||
  typeof value === 'number' ||
  typeof value === 'boolean'

/** Equal for values that count as one: texts after NFKC, and no text for a number. */
export const distinctKey = (value: string | number | boolean): string =>
  `${typeof value}:${typeof value === 'string' ? nfkc(value) : String(value)}`

/** [hash, n, value]: n is how often. */
type Kept = readonly [hash: number, n: number, value: JsonValue]
type KeptCell = readonly Kept[]

/** Two values of one hash count as one: the lesser, so that the order does not matter. */
const joinValue = (a: Kept, b: Kept): Kept => [
  a[0],
  a[1] + b[1],
  JSON.stringify(a[2]) <= JSON.stringify(b[2]) ? a[2] : b[2],
]

/**
 * The values with the smallest hashes. Whatever the order, the kept ones have
 * been kept since their first event, so that their counts are exact.
 */
function joinKept(a: KeptCell, b: KeptCell): KeptCell {
  const byHash = new Map<number, Kept>(a.map((kept) => [kept[0], kept]))
  for (const kept of b) {
    const standing = byHash.get(kept[0])
    byHash.set(kept[0], standing === undefined ? kept : joinValue(standing, kept))
  }
  // One more than is told: by it a full cell is known from an overflowing one.
  return [...byHash.values()].sort((x, y) => x[0] - y[0]).slice(0, KEPT_VALUES + 1)
}

const mostFrequent: Measure = {
  of: (value) => (isCountable(value) ? [[murmur3(distinctKey(value)), 1, value]] : null),
  join: (a, b) => joinKept(a as unknown as KeptCell, b as unknown as KeptCell),
  read: (cell) => {
    const values = (cell as KeptCell | null) ?? []
    return {
      value: oftenest(values),
      ...(values.length > KEPT_VALUES ? { sampled: true } : {}),
    }
  },
  bytes: (KEPT_VALUES + 1) * (22 + VALUE_BYTES),
}

/**
 * Distinct values: exact up to KEPT_VALUES, then the k-minimum-values estimate
 * (k − 1) / u of Bar-Yossef et al. 2002, u being the k-th smallest hash in [0, 1).
 */
const estimated = (largest: number): number => Math.round(KEPT_VALUES / (largest / 4_294_967_296))

/** The smallest hashes as one text, six sortable digits each, in their order. */
const HASH_DIGITS = 6
const MOST_DIGITS = (KEPT_VALUES + 1) * HASH_DIGITS

function joinHashes(a: string, b: string): string {
  let text = ''
  let i = 0
  let j = 0
  while (text.length < MOST_DIGITS && (i < a.length || j < b.length)) {
    const x = a.slice(i, i + HASH_DIGITS)
    const y = b.slice(j, j + HASH_DIGITS)
    const next = y === '' || (x !== '' && x <= y) ? x : y
    if (x === next) i += HASH_DIGITS
    if (y === next) j += HASH_DIGITS
    text += next
  }
  return text
}

const unique: Measure = {
  of: (value) =>
    isCountable(value) ? sortableDigits(murmur3(distinctKey(value)), HASH_DIGITS) : null,
  join: (a, b) => joinHashes(a as string, b as string),
  read: (cell) => {
    const hashes = (cell as string | null) ?? ''
    return hashes.length < MOST_DIGITS
      ? { value: hashes.length / HASH_DIGITS }
      : { value: estimated(fromSortableDigits(hashes.slice(-HASH_DIGITS))), sampled: true }
  },
  bytes: MOST_DIGITS + 2,
}

const oftenest = (values: KeptCell): JsonValue | undefined =>
  values
    .slice(0, KEPT_VALUES)
    .reduce<Kept | undefined>(
      (best, value) => (best === undefined || value[1] > best[1] ? value : best),
      undefined,
    )?.[2]

export const MEASURES: Readonly<Record<Compute, Measure>> = {
  count,
  sum: summed((_n, sum) => sum),
  average: summed((n, sum) => (n === 0 ? undefined : sum / n)),
  min: extreme(Math.min),
  max: extreme(Math.max),
  first: end(true),
  last: end(false),
  earliest: when(Math.min),
  latest: when(Math.max),
  unique,
  mostFrequent,
}

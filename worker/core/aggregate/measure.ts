/**
 * What a computed trait adds up. A cell is a commutative monoid: of one event,
 * and joined of two, in any order and grouping.
 */
import type { AggregateConfig } from '../../contract/config.ts'
import type { JsonValue } from '../../contract/message.ts'
import { murmur3 } from '../hash.ts'
import { fitsBytes } from '../profile/size.ts'

export type Compute = AggregateConfig['compute']

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
/** Beyond it a value is no amount: 10^9 with six decimals is the most that adds up exactly. */
const LARGEST_AMOUNT = 1e9
/** Sums are whole millionths: floating-point sums would depend on their order. */
const MICRO = 1_000_000

const isAmount = (value: JsonValue | undefined): value is number =>
  typeof value === 'number' && Math.abs(value) <= LARGEST_AMOUNT

const count: Measure = {
  of: () => 1,
  join: (a, b) => (a as number) + (b as number),
  read: (cell) => ({ value: cell ?? 0 }),
  bytes: 10,
}

type SumCell = readonly [n: number, micro: number]

const summed = (read: (cell: SumCell) => number | undefined): Measure => ({
  of: (value) => (isAmount(value) ? [1, Math.round(value * MICRO)] : null),
  join: (a, b) => {
    const [x, y] = [a as SumCell, b as SumCell]
    return [x[0] + y[0], x[1] + y[1]]
  },
  read: (cell) => ({ value: read((cell as SumCell | null) ?? [0, 0]) }),
  bytes: 30,
})

const extreme = (pick: (a: number, b: number) => number): Measure => ({
  of: (value) => (isAmount(value) ? value : null),
  join: (a, b) => pick(a as number, b as number),
  read: (cell) => ({ value: cell ?? undefined }),
  bytes: 24,
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

const isText = (value: JsonValue | undefined): value is string | number | boolean =>
  (typeof value === 'string' && fitsBytes(value, VALUE_BYTES)) ||
  typeof value === 'number' ||
  typeof value === 'boolean'

/** [hash, n, value]: n is how often; `unique` has no use for value and n. */
type Kept = readonly [hash: number, n: number, value: JsonValue]
type KeptCell = readonly Kept[]

/**
 * The values with the smallest hashes. Whatever the order, the kept ones have
 * been kept since their first event, so that their counts are exact.
 */
function joinKept(a: KeptCell, b: KeptCell): KeptCell {
  const byHash = new Map<number, Kept>(a.map((kept) => [kept[0], kept]))
  for (const kept of b) {
    const standing = byHash.get(kept[0])
    byHash.set(kept[0], standing === undefined ? kept : [kept[0], standing[1] + kept[1], kept[2]])
  }
  // One more than is told: by it a full cell is known from an overflowing one.
  return [...byHash.values()].sort((x, y) => x[0] - y[0]).slice(0, KEPT_VALUES + 1)
}

const kept = (keepsValue: boolean, read: (cell: KeptCell) => JsonValue | undefined): Measure => ({
  of: (value) => {
    if (!isText(value)) return null
    const hash = murmur3(`${typeof value}:${String(value)}`)
    return [[hash, 1, keepsValue ? value : 0]]
  },
  join: (a, b) => joinKept(a as unknown as KeptCell, b as unknown as KeptCell),
  read: (cell) => {
    const values = (cell as KeptCell | null) ?? []
    return {
      value: read(values),
      ...(values.length > KEPT_VALUES ? { sampled: true } : {}),
    }
  },
  bytes: (KEPT_VALUES + 1) * (22 + (keepsValue ? VALUE_BYTES : 1)),
})

/**
 * Distinct values: exact up to KEPT_VALUES, then the k-minimum-values estimate
 * (k − 1) / u of Bar-Yossef et al. 2002, u being the k-th smallest hash in [0, 1).
 */
const estimateUnique = (values: KeptCell): number => {
  if (values.length <= KEPT_VALUES) return values.length
  const [hash] = values[KEPT_VALUES] as Kept
  return Math.round(KEPT_VALUES / (hash / 4_294_967_296))
}

const mostFrequent = (values: KeptCell): JsonValue | undefined =>
  values
    .slice(0, KEPT_VALUES)
    .reduce<Kept | undefined>(
      (best, value) => (best === undefined || value[1] > best[1] ? value : best),
      undefined,
    )?.[2]

export const MEASURES: Readonly<Record<Compute, Measure>> = {
  count,
  sum: summed(([, micro]) => micro / MICRO),
  average: summed(([n, micro]) => (n === 0 ? undefined : micro / n / MICRO)),
  min: extreme(Math.min),
  max: extreme(Math.max),
  first: end(true),
  last: end(false),
  unique: kept(false, estimateUnique),
  mostFrequent: kept(true, mostFrequent),
}

/**
 * Operators that compare a value with a wanted one: for any pair, as references
 * need it, and prepared for a wanted one that is known beforehand.
 */
import type { Scalar } from '../../../contract/condition.ts'
import type { JsonValue } from '../../../contract/message.ts'
import { nfkc } from '../../nfkc.ts'
import type { Value } from '../scope.ts'

type Pair = (value: Value, wanted: Value) => boolean
type Prepared = (wanted: never) => (value: Value) => boolean

const isScalar = (value: Value): value is Scalar =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'

const isList = (value: Value): value is readonly JsonValue[] => Array.isArray(value)

const same: Pair = (value, wanted) =>
  typeof wanted === 'string'
    ? typeof value === 'string' && nfkc(value) === nfkc(wanted)
    : isScalar(wanted) && value === wanted

/** A list contains an element; a text contains a part. */
const contains: Pair = (value, wanted) => {
  if (isList(value)) return value.some((element) => same(element, wanted))
  return (
    typeof value === 'string' && typeof wanted === 'string' && nfkc(value).includes(nfkc(wanted))
  )
}

const onTexts =
  (test: (text: string, wanted: string) => boolean): Pair =>
  (value, wanted) =>
    typeof value === 'string' && typeof wanted === 'string' && test(nfkc(value), nfkc(wanted))

const onNumbers =
  (test: (n: number, wanted: number) => boolean): Pair =>
  (value, wanted) =>
    typeof value === 'number' && typeof wanted === 'number' && test(value, wanted)

export const PAIRS = {
  eq: same,
  in: (value, wanted) => isList(wanted) && wanted.some((one) => same(value, one)),
  contains,
  startsWith: onTexts((text, part) => text.startsWith(part)),
  endsWith: onTexts((text, part) => text.endsWith(part)),
  gt: onNumbers((n, wanted) => n > wanted),
  gte: onNumbers((n, wanted) => n >= wanted),
  lt: onNumbers((n, wanted) => n < wanted),
  lte: onNumbers((n, wanted) => n <= wanted),
} satisfies Readonly<Record<string, Pair>>

const normal = (wanted: Scalar): Scalar => (typeof wanted === 'string' ? nfkc(wanted) : wanted)

export const PREPARED: Readonly<Record<keyof typeof PAIRS, Prepared>> = {
  eq: (wanted: Scalar) => {
    const target = normal(wanted)
    return typeof target === 'string'
      ? (value) => typeof value === 'string' && (value === target || nfkc(value) === target)
      : (value) => value === target
  },
  in: (wanted: readonly Scalar[]) => {
    const targets = new Set(wanted.map(normal))
    return (value) => targets.has((typeof value === 'string' ? nfkc(value) : value) as Scalar)
  },
  contains: (wanted: Scalar) => {
    const target = normal(wanted)
    return (value) => contains(value, target)
  },
  startsWith: (wanted: string) => {
    const part = nfkc(wanted)
    return (value) => typeof value === 'string' && nfkc(value).startsWith(part)
  },
  endsWith: (wanted: string) => {
    const part = nfkc(wanted)
    return (value) => typeof value === 'string' && nfkc(value).endsWith(part)
  },
  gt: (wanted: number) => (value) => typeof value === 'number' && value > wanted,
  gte: (wanted: number) => (value) => typeof value === 'number' && value >= wanted,
  lt: (wanted: number) => (value) => typeof value === 'number' && value < wanted,
  lte: (wanted: number) => (value) => typeof value === 'number' && value <= wanted,
}

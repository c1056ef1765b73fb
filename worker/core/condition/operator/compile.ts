/**
 * Operators on one value. Types never coerce: a mismatch is false. `ne`, `nin`
 * and `none` are the exact complements of `eq`, `in` and `any`, so they hold on
 * a missing value; every other operator but `exists: false` needs one.
 */
import type { InZone, Operators, Reference } from '../../../contract/condition.ts'
import { calendarFor, type Setting } from '../scope.ts'
import { nfkc } from '../../nfkc.ts'
import { anniversaryOf } from './anniversary.ts'
import { elementsOf } from './elements.ts'
import { momentTest } from './moment.ts'
import { PAIRS, PREPARED } from './pairs.ts'
import { isReference, joined, not, readerOf, timeless, type CompiledTest } from './test.ts'

type Compile = (wanted: never, setting: Setting, leaf: InZone) => CompiledTest

const pair =
  (name: keyof typeof PAIRS): Compile =>
  (wanted: unknown) => {
    if (!isReference(wanted)) return timeless(PREPARED[name](wanted as never))
    const [holds, read] = [PAIRS[name], readerOf(wanted)]
    return timeless((value, scope, own) => holds(value, read(scope, own)))
  }

const exists: Compile = (wanted: boolean) =>
  timeless((value) => (value !== undefined && value !== null) === wanted)

/** Longer texts match nothing: time is linear in their length. */
export const LONGEST_MATCHED = 4096

const matches: Compile = (pattern: string, { regex }) => {
  // Compiled when first asked: publishing plans with filters whose patterns may yet be faulty.
  let finds: ((text: string) => boolean) | undefined
  return timeless((value) => {
    if (typeof value !== 'string' || value.length > LONGEST_MATCHED) return false
    if (regex === null) throw new Error('a pattern needs the regex engine')
    finds ??= regex.compile(pattern)
    return finds(nfkc(value))
  })
}

const moment =
  (side: 'before' | 'after'): Compile =>
  (wanted: string | Reference, setting, { zone }) =>
    momentTest(side, wanted, calendarFor(setting, zone))

const elements =
  (quantity: 'any' | 'all'): Compile =>
  (wanted, setting) =>
    elementsOf(quantity, wanted, (leaf) => compileOperators(leaf, setting))

const COMPILERS: { readonly [K in keyof Operators]-?: Compile } = {
  eq: pair('eq'),
  ne: (...asked) => not(pair('eq')(...asked)),
  in: pair('in'),
  nin: (...asked) => not(pair('in')(...asked)),
  exists,
  contains: pair('contains'),
  startsWith: pair('startsWith'),
  endsWith: pair('endsWith'),
  matches,
  gt: pair('gt'),
  gte: pair('gte'),
  lt: pair('lt'),
  lte: pair('lte'),
  before: moment('before'),
  after: moment('after'),
  anniversary: (wanted, setting, { zone }) => anniversaryOf(wanted, calendarFor(setting, zone)),
  any: elements('any'),
  all: elements('all'),
  none: (...asked) => not(elements('any')(...asked)),
}

/** One test for all operators that a leaf names. */
export function compileOperators(leaf: Operators & InZone, setting: Setting): CompiledTest {
  const compiled: CompiledTest[] = []
  for (const name of Object.keys(COMPILERS) as (keyof Operators)[]) {
    const wanted = leaf[name]
    if (wanted !== undefined) compiled.push(COMPILERS[name](wanted as never, setting, leaf))
  }
  return joined(compiled, true)
}

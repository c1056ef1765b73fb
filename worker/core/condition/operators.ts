/**
 * Operators on one value. Types never coerce: a mismatch is false. `ne` and
 * `nin` are the exact complements of `eq` and `in`, so they hold on a missing
 * value; every other operator but `exists: false` needs one.
 */
import type { Operators, Scalar } from '../../contract/condition.ts'
import type { JsonValue } from '../../contract/message.ts'
import { durationMs, instantMs } from '../time.ts'

export type Value = JsonValue | undefined
export type ValueTest = (value: Value, nowMs: number) => boolean
/** The next moment after `atMs` at which time alone could change a test's answer; Infinity if never. */
export type NextMoment = (value: Value, atMs: number) => number

const PLAIN = /^[ -~]*$/
/** Texts are equal when they look equal: "ｶﾌｪ" and "カフェ" are. */
export const normal = (text: string): string => (PLAIN.test(text) ? text : text.normalize('NFKC'))

const normalScalar = (value: Scalar): Scalar => (typeof value === 'string' ? normal(value) : value)

const equals = (wanted: Scalar): ValueTest => {
  const target = normalScalar(wanted)
  return typeof target === 'string'
    ? (value) => typeof value === 'string' && (value === target || normal(value) === target)
    : (value) => value === target
}

const among = (wanted: readonly Scalar[]): ValueTest => {
  const targets = new Set(wanted.map(normalScalar))
  return (value) =>
    typeof value === 'string' ? targets.has(normal(value)) : targets.has(value as Scalar)
}

const onText =
  (wanted: string, test: (text: string, wanted: string) => boolean): ValueTest =>
  (value) =>
    typeof value === 'string' && test(normal(value), normal(wanted))

/** A list contains an element; a text contains a part. */
const contains = (wanted: string): ValueTest => {
  const target = normal(wanted)
  return (value) => {
    if (typeof value === 'string') return normal(value).includes(target)
    if (!Array.isArray(value)) return false
    return value.some((element) => typeof element === 'string' && normal(element) === target)
  }
}

const onNumber =
  (test: (n: number) => boolean): ValueTest =>
  (value) =>
    typeof value === 'number' && test(value)

/** "-30d" is thirty days before now; anything else is an instant. */
function momentOf(text: string): (nowMs: number) => number {
  const sign = text[0]
  if ((sign === '-' || sign === '+') && /[smhdw]$/.test(text)) {
    const offset = durationMs(text.slice(1)) * (sign === '-' ? -1 : 1)
    return (nowMs) => nowMs + offset
  }
  const ms = instantMs(text) ?? NaN
  return () => ms
}

const onTime = (text: string, test: (ms: number, moment: number) => boolean): ValueTest => {
  const moment = momentOf(text)
  return (value, nowMs) => {
    const ms = instantMs(value)
    return ms !== null && test(ms, moment(nowMs))
  }
}

const COMPILERS: {
  readonly [K in keyof Operators]-?: (wanted: NonNullable<Operators[K]>) => ValueTest
} = {
  eq: equals,
  ne: (wanted) => not(equals(wanted)),
  in: among,
  nin: (wanted) => not(among(wanted)),
  exists: (wanted) => (value) => (value !== undefined && value !== null) === wanted,
  contains,
  startsWith: (wanted) => onText(wanted, (text, part) => text.startsWith(part)),
  endsWith: (wanted) => onText(wanted, (text, part) => text.endsWith(part)),
  gt: (wanted) => onNumber((n) => n > wanted),
  gte: (wanted) => onNumber((n) => n >= wanted),
  lt: (wanted) => onNumber((n) => n < wanted),
  lte: (wanted) => onNumber((n) => n <= wanted),
  before: (wanted) => onTime(wanted, (ms, moment) => ms < moment),
  after: (wanted) => onTime(wanted, (ms, moment) => ms > moment),
}

const not =
  (test: ValueTest): ValueTest =>
  (value, nowMs) =>
    !test(value, nowMs)

const RELATIVE = /^[+-].*[smhdw]$/

/** When the operators' answer next changes by time alone; null when time has no say in them. */
export function compileNextMoment({ before, after }: Operators): NextMoment | null {
  const offsets = [before, after].flatMap((text, i) =>
    // A value is before "-30d" from a millisecond past 30 days on, and after it until 30 days.
    text !== undefined && RELATIVE.test(text) ? [[momentOf(text)(0), i === 0 ? 1 : 0]] : [],
  ) as readonly (readonly [offsetMs: number, lateByMs: number])[]
  if (offsets.length === 0) return null
  return (value, atMs) => {
    const ms = instantMs(value)
    if (ms === null) return Infinity
    let next = Infinity
    for (const [offsetMs, lateByMs] of offsets) {
      const moment = ms - offsetMs + lateByMs
      if (moment > atMs && moment < next) next = moment
    }
    return next
  }
}

/** One test for all operators that a leaf names. */
export function compileOperators(operators: Operators): ValueTest {
  const tests: ValueTest[] = []
  for (const name of Object.keys(COMPILERS) as (keyof Operators)[]) {
    const wanted = operators[name]
    if (wanted !== undefined) tests.push((COMPILERS[name] as (w: unknown) => ValueTest)(wanted))
  }
  const [first, ...rest] = tests
  if (first === undefined) return () => true
  if (rest.length === 0) return first
  return (value, nowMs) => tests.every((test) => test(value, nowMs))
}

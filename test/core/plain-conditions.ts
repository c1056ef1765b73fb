/**
 * Conditions as docs/conditions.md tells them, as plainly as can be: no
 * sharing, no compiling, no memory, dates by the words that clocks show.
 * Nothing of worker/core/condition is in it, so that both can be wrong only
 * in ways of their own.
 */
import type { Condition, Operators, PropertyCondition } from '../../worker/contract/condition.ts'
import type { JsonObject } from '../../worker/contract/message.ts'
import type { Part, PlainEvent, Question, Value } from './plain-question.ts'
import {
  anniversary,
  clock,
  date,
  instant,
  isRelative,
  moments,
  period,
  relative,
  span,
  zoneFor,
} from './plain-time.ts'

export function plainly(condition: Condition, q: Question): boolean {
  const c = condition as Part
  if (Array.isArray(c['all'])) return (c['all'] as Condition[]).every((part) => plainly(part, q))
  if (Array.isArray(c['any'])) return (c['any'] as Condition[]).some((part) => plainly(part, q))
  if (c['not'] !== undefined) return !plainly(c['not'] as Condition, q)
  if (c['segment'] !== undefined) return plainly(q.segments[c['segment'] as string] as Condition, q)
  if (c['event'] !== undefined) return event(c, q)
  if (c['sequence'] !== undefined) return sequence(c, q)
  if (c['sessions'] !== undefined) return passes(sessionsIn(c, q), c['sessions'], q, {})
  if (c['trait'] !== undefined) return passes(own(q.person.traits, c['trait'] as string), c, q, {})
  if (c['context'] !== undefined) return passes(path(q.context, c['context'] as string), c, q, {})
  if (c['seen'] !== undefined) {
    const times = q.person.events.map(({ ms }) => ms)
    const seen = c['seen'] === 'first' ? Math.min(...times) : Math.max(...times)
    return passes(times.length === 0 ? undefined : seen, c, q, {})
  }
  if (c['identifier'] !== undefined) return identifier(c, q)
  if (c['consent'] !== undefined) {
    const told = q.person.consents[c['consent'] as string]
    return c['is'] === (told === undefined ? 'unknown' : told ? 'granted' : 'denied')
  }
  if (c['list'] !== undefined) return q.person.lists[c['list'] as string] === true
  if (c['clock'] !== undefined) return clock(c, q)
  throw new Error(`no plain meaning of ${JSON.stringify(condition)}`)
}

const own = (object: JsonObject, name: string): Value =>
  Object.hasOwn(object, name) ? object[name] : undefined

function path(object: JsonObject, name: string): Value {
  if (Object.hasOwn(object, name)) return object[name]
  let value: Value = object
  for (const step of name.split('.')) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
    value = own(value as JsonObject, step)
  }
  return name.includes('.') ? value : undefined
}

// Operators

const look = (text: string): string => text.normalize('NFKC')
const same = (a: Value, b: Value): boolean =>
  typeof a === 'string' && typeof b === 'string'
    ? look(a) === look(b)
    : a === b && a !== undefined && a !== null && typeof a !== 'object'

/** @param near the properties that stand beside the value */
function passes(value: Value, operators: unknown, q: Question, near: JsonObject): boolean {
  const o = operators as Operators & Part
  const zone = zoneFor(o, q)
  const wantedOf = (name: string): Value => {
    const wanted = o[name] as Value | { trait?: string; property?: string }
    if (typeof wanted !== 'object' || wanted === null || Array.isArray(wanted))
      return wanted as Value
    const { trait, property } = wanted as { trait?: string; property?: string }
    return trait === undefined ? path(near, String(property)) : own(q.person.traits, trait)
  }
  const tests: Record<string, () => boolean> = {
    eq: () => same(value, wantedOf('eq')),
    ne: () => !same(value, wantedOf('ne')),
    in: () => isIn(value, wantedOf('in')),
    nin: () => !isIn(value, wantedOf('nin')),
    exists: () => (value !== undefined && value !== null) === o.exists,
    contains: () => {
      const wanted = wantedOf('contains')
      if (Array.isArray(value)) return value.some((element) => same(element as Value, wanted))
      return (
        typeof value === 'string' &&
        typeof wanted === 'string' &&
        look(value).includes(look(wanted))
      )
    },
    startsWith: () => texts(value, wantedOf('startsWith'), (a, b) => a.startsWith(b)),
    endsWith: () => texts(value, wantedOf('endsWith'), (a, b) => a.endsWith(b)),
    matches: () =>
      typeof value === 'string' && new RegExp(String(o.matches), 'u').test(look(value)),
    gt: () => numbers(value, wantedOf('gt'), (a, b) => a > b),
    gte: () => numbers(value, wantedOf('gte'), (a, b) => a >= b),
    lt: () => numbers(value, wantedOf('lt'), (a, b) => a < b),
    lte: () => numbers(value, wantedOf('lte'), (a, b) => a <= b),
    before: () => moments(value, wantedOf('before'), q, zone, (a, b) => a < b),
    after: () => moments(value, wantedOf('after'), q, zone, (a, b) => a > b),
    anniversary: () => anniversary(value, o.anniversary, q, zone),
    any: () =>
      Array.isArray(value) &&
      value.some((element) => ofElement(element as Value, o.any as Part, q)),
    all: () =>
      Array.isArray(value) &&
      value.every((element) => ofElement(element as Value, o.all as Part, q)),
    none: () =>
      !(
        Array.isArray(value) &&
        value.some((element) => ofElement(element as Value, o.none as Part, q))
      ),
  }
  return Object.keys(tests).every(
    (name) => o[name] === undefined || (tests[name] as () => boolean)(),
  )
}

const isIn = (value: Value, list: Value): boolean =>
  Array.isArray(list) && list.some((one) => same(value, one as Value))
const texts = (a: Value, b: Value, test: (a: string, b: string) => boolean): boolean =>
  typeof a === 'string' && typeof b === 'string' && test(look(a), look(b))
const numbers = (a: Value, b: Value, test: (a: number, b: number) => boolean): boolean =>
  typeof a === 'number' && typeof b === 'number' && test(a, b)

function ofElement(element: Value, c: Part, q: Question): boolean {
  const near =
    typeof element === 'object' && element !== null && !Array.isArray(element)
      ? (element as JsonObject)
      : {}
  if (Array.isArray(c['all']))
    return (c['all'] as Part[]).every((part) => ofElement(element, part, q))
  if (Array.isArray(c['any']))
    return (c['any'] as Part[]).some((part) => ofElement(element, part, q))
  if (c['not'] !== undefined) return !ofElement(element, c['not'] as Part, q)
  if (c['property'] !== undefined) return passes(path(near, c['property'] as string), c, q, near)
  return passes(element, c, q, near)
}

function identifier(c: Part, q: Question): boolean {
  const values = q.person.identifiers[c['identifier'] as string] ?? []
  const { identifier: _type, ne, nin, exists, ...rest } = c
  if (exists === false && values.length > 0) return false
  if (values.some((value) => ne !== undefined && same(value, ne as Value))) return false
  if (values.some((value) => isIn(value, nin as Value))) return false
  const wantsOne = exists === true || Object.keys(rest).length > 0 || Object.keys(c).length === 1
  return !wantsOne || values.some((value) => passes(value, rest, q, {}))
}

function isInWindow(ms: number, c: Part, q: Question): boolean {
  if (ms > q.nowMs) return false
  if (c['last'] !== undefined) return q.nowMs - ms < span(c['last'] as string)
  const zone = zoneFor(c, q)
  if (c['between'] !== undefined) {
    const [from, until] = c['between'] as [string, string]
    if (isRelative(from)) {
      return ms > relative(from, q.nowMs) && ms <= relative(until, q.nowMs)
    }
    const began = ms >= (instant(from, zone) as number)
    return (
      began &&
      (until.length === 10 ? date(ms, zone) <= until : ms < (instant(until, zone) as number))
    )
  }
  const name = c['in'] as string | undefined
  if (name === undefined) return true
  if (name === 'this session') return sessionNow(q).includes(ms)
  const [which, unit] =
    name === 'today'
      ? ['this', 'day']
      : name === 'yesterday'
        ? ['last', 'day']
        : (name.split(' ') as [string, string])
  const back = which === 'last' ? 1 : 0
  return period(unit, date(ms, zone), q) === period(unit, date(q.nowMs, zone), q) - back
}

// What somebody did

const matching = (c: Part, q: Question): PlainEvent[] =>
  q.person.events
    .filter(({ ms, name, properties }) => {
      const where = c['where'] as PropertyCondition | undefined
      return (
        name === c['event'] &&
        ms <= q.nowMs &&
        (where === undefined || ofEvent(properties, where, q))
      )
    })
    .sort((a, b) => a.ms - b.ms)

function ofEvent(properties: JsonObject, where: PropertyCondition, q: Question): boolean {
  const c = where as Part
  if (c['property'] !== undefined)
    return passes(path(properties, c['property'] as string), c, q, properties)
  if (Array.isArray(c['all']))
    return (c['all'] as PropertyCondition[]).every((part) => ofEvent(properties, part, q))
  if (Array.isArray(c['any']))
    return (c['any'] as PropertyCondition[]).some((part) => ofEvent(properties, part, q))
  return !ofEvent(properties, c['not'] as PropertyCondition, q)
}

function event(c: Part, q: Question): boolean {
  const found = matching(c, q).filter(({ ms }) => isInWindow(ms, c, q))
  const values = (measure: unknown): Value[] =>
    found.map(({ properties }) => path(properties, (measure as { property: string }).property))
  const measures: Record<string, () => boolean> = {
    count: () => passes(found.length, c['count'], q, {}),
    sum: () => {
      const amounts = values(c['sum']).filter(
        (v): v is number => typeof v === 'number' && Math.abs(v) <= 1e9,
      )
      const micros = amounts.reduce((sum, amount) => sum + Math.round(amount * 1e6), 0)
      return passes(micros / 1e6, withoutProperty(c['sum']), q, {})
    },
    distinct: () => {
      const counted = values(c['distinct']).filter((v) =>
        ['string', 'number', 'boolean'].includes(typeof v),
      )
      const different = new Set(counted.map((v) => (typeof v === 'string' ? `t${look(v)}` : v)))
      return passes(different.size, withoutProperty(c['distinct']), q, {})
    },
    latest: () => passes(found.at(-1)?.ms, c['latest'], q, {}),
    earliest: () => passes(found[0]?.ms, c['earliest'], q, {}),
  }
  const asked = Object.keys(measures).filter((name) => c[name] !== undefined)
  return asked.length === 0
    ? found.length > 0
    : asked.every((name) => (measures[name] as () => boolean)())
}

const withoutProperty = (measure: unknown): Part => {
  const { property: _property, ...rest } = measure as Part
  return rest
}

/** Every choice of events, one after the other. */
function sequence(c: Part, q: Question): boolean {
  const steps = (c['sequence'] as (string | Part)[]).map((step): Part =>
    typeof step === 'string' ? { event: step } : step,
  )
  const follow = (at: number, beforeMs: number, absent: readonly Part[]): boolean => {
    const step = steps[at]
    const happened = (not: Part, untilMs: number): boolean =>
      matching({ ...not, event: not['not'] }, q).some(
        ({ ms }) =>
          ms > beforeMs &&
          ms < untilMs &&
          (not['within'] === undefined || ms - beforeMs < span(not['within'] as string)),
      )
    if (step === undefined) {
      return absent.every(
        (not) =>
          !happened(not, Infinity) &&
          (not['within'] === undefined || q.nowMs >= beforeMs + span(not['within'] as string)),
      )
    }
    if (step['not'] !== undefined) return follow(at + 1, beforeMs, [...absent, step])
    return matching(step, q).some(
      ({ ms }) =>
        isInWindow(ms, c, q) &&
        ms > beforeMs &&
        (step['within'] === undefined || ms - beforeMs < span(step['within'] as string)) &&
        absent.every((not) => !happened(not, ms)) &&
        follow(at + 1, ms, []),
    )
  }
  return follow(0, -Infinity, [])
}

const GAP = 30 * 6e4
const timesUntil = (q: Question): number[] =>
  q.person.events
    .map(({ ms }) => ms)
    .filter((ms) => ms <= q.nowMs)
    .sort((a, b) => a - b)

function sessionNow(q: Question): number[] {
  const times = timesUntil(q)
  if (times.length === 0 || q.nowMs - (times.at(-1) as number) >= GAP) return []
  let at = times.length - 1
  while (at > 0 && (times[at] as number) - (times[at - 1] as number) < GAP) at--
  return times.slice(at)
}

function sessionsIn(c: Part, q: Question): number {
  const times = timesUntil(q).filter((ms) => isInWindow(ms, c, q))
  return times.filter((ms, i) => i === 0 || ms - (times[i - 1] as number) >= GAP).length
}

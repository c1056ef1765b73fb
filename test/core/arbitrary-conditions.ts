/** Conditions of every kind, and people of whom they may be true. */
import fc from 'fast-check'
import type { Condition } from '../../worker/contract/condition.ts'
import type { JsonValue } from '../../worker/contract/message.ts'
import { propertyReads } from '../../worker/core/condition/reads.ts'
import type { Setting } from '../../worker/core/condition/scope.ts'
import { CAPS } from '../../worker/core/profile/caps.ts'
import type { AggregateNeeds } from '../../worker/core/profile/aggregates.ts'
import { fold } from '../../worker/core/profile/fold.ts'
import type { Profile } from '../../worker/core/profile/profile.ts'
import { recordsOf } from './condition-cases.ts'
import { blank, rules } from './people.ts'
import type { PlainPerson } from './plain-question.ts'

/** Around it: an event a few seconds, hours and days before, a month's end, two changes of the clock. */
export const NOW_MS = Date.UTC(2026, 2, 29, 0, 30)
export const ZONES = ['UTC', 'Asia/Tokyo', 'Europe/Berlin', 'America/New_York', 'Asia/Kathmandu']
export const ARBITRARY_SEGMENTS: Readonly<Record<string, Condition>> = {
  s0: { event: 'a', last: '1h' },
  s1: { any: [{ segment: 's0' }, { trait: 'x', eq: 'a' }] },
}

const NAMES = ['x', 'y'] as const
const text = fc.constantFrom(
  'a',
  'b',
  'ab',
  'ａ',
  '',
  '2026-03-28',
  '2026-03-29T02:30:00',
  '03-29',
  '1990-02-28',
)
const number = fc.oneof(
  fc.integer({ min: -2, max: 3 }),
  fc.integer({ min: -100, max: 100 }).map((minutes) => NOW_MS + minutes * 60_000),
)
const scalar = fc.oneof(text, number, fc.boolean())
const flat: fc.Arbitrary<JsonValue> = fc.oneof(scalar, fc.constant(null))
const value: fc.Arbitrary<JsonValue> = fc.oneof(
  flat,
  fc.array(flat, { maxLength: 3 }),
  fc.array(fc.dictionary(fc.constantFrom('p', 'q'), flat, { maxKeys: 2 }), { maxLength: 3 }),
)

const relative = fc.constantFrom('-5s', '-1h', '-1d', '+5s', '+1d')
const moment = fc.oneof(
  relative,
  fc.constantFrom(
    '2026-03-28',
    '2026-03-29',
    '2026-03-29T02:30:00',
    '2026-03-29T00:00:00Z',
    '2026-03-30T09:00:00+09:00',
  ),
)
const reference = fc.oneof(
  fc.record({ trait: fc.constantFrom(...NAMES) }),
  fc.record({ property: fc.constantFrom('p', 'q') }),
)
const orReference = <T>(wanted: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 4, arbitrary: wanted }, { weight: 1, arbitrary: reference })

const element: fc.Arbitrary<object> = fc.letrec<{ element: object }>((tie) => ({
  element: fc.oneof(
    { maxDepth: 2 },
    fc.oneof(
      fc.record({ eq: orReference(scalar) }),
      fc.record({ gte: fc.integer({ min: -2, max: 2 }) }),
      fc.record({ property: fc.constantFrom('p', 'q'), eq: orReference(scalar) }),
      fc.record({ property: fc.constantFrom('p', 'q'), after: relative }),
      fc.record({ exists: fc.boolean() }),
    ),
    fc.record({ all: fc.array(tie('element'), { minLength: 1, maxLength: 2 }) }),
    fc.record({ any: fc.array(tie('element'), { minLength: 1, maxLength: 2 }) }),
    fc.record({ not: tie('element') }),
  ),
})).element

const operator: fc.Arbitrary<object> = fc.oneof(
  fc.record({ eq: orReference(scalar) }),
  fc.record({ ne: orReference(scalar) }),
  fc.record({ in: orReference(fc.array(scalar, { maxLength: 3 })) }),
  fc.record({ nin: orReference(fc.array(scalar, { maxLength: 3 })) }),
  fc.record({ exists: fc.boolean() }),
  fc.record({ contains: orReference(scalar) }),
  fc.record({ startsWith: orReference(text) }),
  fc.record({ endsWith: orReference(text) }),
  fc.record({ matches: fc.constantFrom('^a', 'b$', '[ab]{2}', 'a|2026', '^$') }),
  fc.record({ gt: orReference(number) }),
  fc.record({ gte: orReference(number), lt: orReference(number) }),
  fc.record({ lte: orReference(number) }),
  fc.record({ before: orReference(moment) }),
  fc.record({ after: orReference(moment) }),
  fc.record({
    anniversary: fc.oneof(
      fc.constantFrom('today', 'this week', 'this month'),
      fc.record({ within: fc.constantFrom('1d', '2d', '1w') }),
    ),
  }),
  fc.record({ any: element }),
  fc.record({ all: element }),
  fc.record({ none: element }),
)
const zone = fc.oneof(
  { weight: 3, arbitrary: fc.constant({}) },
  { weight: 1, arbitrary: fc.constant({ zone: 'visitor' }) },
)
const tested = <T extends object>(subject: fc.Arbitrary<T>) =>
  fc.tuple(subject, operator, zone).map(([a, b, c]) => ({ ...a, ...b, ...c }))

const where: fc.Arbitrary<object> = fc.letrec<{ where: object }>((tie) => ({
  where: fc.oneof(
    { maxDepth: 2 },
    tested(fc.record({ property: fc.constantFrom('p', 'q', 'items') })),
    fc.record({ all: fc.array(tie('where'), { minLength: 1, maxLength: 2 }) }),
    fc.record({ any: fc.array(tie('where'), { minLength: 1, maxLength: 2 }) }),
    fc.record({ not: tie('where') }),
  ),
})).where

const sometimes = <T>(field: string, arbitrary: fc.Arbitrary<T>): fc.Arbitrary<object> =>
  fc.oneof(
    fc.constant({}),
    arbitrary.map((wanted) => ({ [field]: wanted })),
  )

const window: fc.Arbitrary<object> = fc.oneof(
  fc.constant({}),
  fc.record({ last: fc.constantFrom('5s', '30m', '1h', '1d', '1w') }),
  fc.record({
    between: fc.constantFrom(
      ['-1d', '-1h'],
      ['-1w', '+1h'],
      ['2026-03-28', '2026-03-28'],
      ['2026-03-27', '2026-03-29'],
      ['2026-03-28T12:00:00Z', '2026-03-29T00:30:00Z'],
    ),
  }),
  fc
    .tuple(
      fc.constantFrom(
        'today',
        'yesterday',
        'this week',
        'last week',
        'this month',
        'last month',
        'this quarter',
        'last year',
        'this session',
      ),
      zone,
    )
    .map(([name, of]) => ({ in: name, ...of })),
)
const count = fc.oneof(
  fc.record({ gte: fc.integer({ min: 0, max: 4 }) }),
  fc.record({ eq: fc.integer({ min: 0, max: 4 }) }),
  fc.record({ lt: fc.integer({ min: 0, max: 4 }) }),
)
const measure = fc.oneof(
  fc.constant({}),
  fc.record({ count }),
  fc.record({ sum: count.map((numbers) => ({ property: 'p', ...numbers })) }),
  fc.record({ distinct: count.map((numbers) => ({ property: 'q', ...numbers })) }),
  fc.record({ latest: fc.record({ before: relative }) }),
  fc.record({ earliest: fc.record({ after: relative }) }),
  fc.record({ count, latest: fc.record({ after: relative }) }),
)
const event = fc.constantFrom('a', 'b', '$page')
const within = sometimes('within', fc.constantFrom('5s', '1h', '1d'))
const step = fc.oneof(
  event,
  fc
    .tuple(fc.record({ event }), sometimes('where', where), within)
    .map((parts) => Object.assign({}, ...parts) as object),
  fc
    .tuple(fc.record({ not: event }), sometimes('where', where), within)
    .map((parts) => Object.assign({}, ...parts) as object),
)

/** One of every kind. */
export const leaf: fc.Arbitrary<Condition> = fc.oneof(
  { weight: 4, arbitrary: tested(fc.record({ trait: fc.constantFrom(...NAMES) })) },
  { weight: 2, arbitrary: tested(fc.record({ context: fc.constantFrom('x', 'x.p') })) },
  { weight: 1, arbitrary: tested(fc.record({ seen: fc.constantFrom('first', 'last') })) },
  {
    weight: 6,
    arbitrary: fc
      .tuple(fc.record({ event }), measure, window, sometimes('where', where))
      .map((parts) => Object.assign({}, ...parts) as object),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(event, fc.array(step, { minLength: 1, maxLength: 3 }), window)
      .map(([first, steps, during]) => ({ sequence: [first, ...steps], ...during })),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(count, window).map(([sessions, during]) => ({ sessions, ...during })),
  },
  { weight: 1, arbitrary: fc.record({ segment: fc.constantFrom('s0', 's1') }) },
  { weight: 1, arbitrary: fc.record({ list: fc.constantFrom('vip', 'press') }) },
  {
    weight: 1,
    arbitrary: fc.record({
      consent: fc.constant('email'),
      is: fc.constantFrom('granted', 'denied', 'unknown'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(
        fc.record({ identifier: fc.constantFrom('email', 'user_id') }),
        fc.oneof(
          fc.constant({}),
          fc.record({ exists: fc.boolean() }),
          fc.record({ eq: fc.constantFrom('a@x.io', 'u1') }),
          fc.record({
            ne: fc.constantFrom('a@x.io', 'u1'),
            endsWith: fc.constantFrom('x.io', '2'),
          }),
          fc.record({ nin: fc.constant(['a@x.io', 'u1']) }),
        ),
      )
      .map(([a, b]) => ({ ...a, ...b })),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(
        fc.oneof(
          fc.record({
            clock: fc.constant('time'),
            between: fc.constantFrom(['22:00', '06:00'], ['01:30', '02:30'], ['09:00', '17:00']),
          }),
          fc.record({
            clock: fc.constant('weekday'),
            in: fc.constantFrom(['saturday', 'sunday'], ['monday'], ['friday']),
          }),
          fc.record({
            clock: fc.constant('date'),
            between: fc.constantFrom(
              ['2026-03-29', '2026-04-02'],
              ['12-24', '01-03'],
              ['03-01', '03-28'],
            ),
          }),
        ),
        zone,
      )
      .map(([a, b]) => ({ ...a, ...b })),
  },
) as unknown as fc.Arbitrary<Condition>

export const tree: fc.Arbitrary<Condition> = fc.letrec<{ tree: Condition }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3 },
    leaf,
    fc.record({ all: fc.array(tie('tree'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ any: fc.array(tie('tree'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ not: tie('tree') }),
  ),
})).tree

const ago = fc.oneof(
  fc.integer({ min: -10, max: 70 }).map((seconds) => seconds * 1000),
  fc.integer({ min: -2, max: 60 }).map((hours) => hours * 3_600_000),
  fc.integer({ min: 0, max: 100 }).map((days) => days * 86_400_000),
)
export const person: fc.Arbitrary<PlainPerson> = fc.record({
  traits: fc
    .tuple(
      fc.dictionary(fc.constantFrom(...NAMES), value, { maxKeys: 2 }),
      sometimes('timezone', fc.constantFrom(...ZONES, 'Nowhere')),
    )
    .map(([traits, zoned]) => ({ ...traits, ...zoned })),
  events: fc.array(
    fc
      .record({
        ago,
        name: event,
        properties: fc.tuple(
          fc.dictionary(fc.constantFrom('p', 'q'), flat, { maxKeys: 2 }),
          sometimes('items', fc.array(fc.record({ p: flat }), { maxLength: 3 })),
        ),
      })
      .map(({ ago: agoMs, name, properties: [some, items] }) => ({
        ms: NOW_MS - agoMs,
        name,
        properties: { ...some, ...items },
      })),
    { maxLength: 12, size: 'max' },
  ),
  identifiers: fc.dictionary(
    fc.constantFrom('email', 'user_id'),
    fc.uniqueArray(fc.constantFrom('a@x.io', 'b@x.io', 'u1', 'u2'), { minLength: 1, maxLength: 2 }),
  ),
  consents: fc.dictionary(fc.constant('email'), fc.boolean()),
  lists: fc.dictionary(fc.constantFrom('vip', 'press'), fc.boolean()),
})

export const context = fc
  .tuple(
    fc.dictionary(fc.constant('x'), fc.oneof(value, fc.record({ p: value }))),
    sometimes('timezone', fc.constantFrom(...ZONES)),
  )
  .map(([some, zoned]) => ({ ...some, ...zoned })) as fc.Arbitrary<{
  readonly [name: string]: JsonValue
}>

interface Memory {
  readonly recent: number
  readonly aggregates: AggregateNeeds
}

/** Through the real fold, but with room enough that nothing is left out for its size. */
export function foldedPerson(
  plain: PlainPerson,
  conditions: Iterable<Condition>,
  setting: Setting,
  { recent, aggregates }: Memory = { recent: 100, aggregates: [] },
): Profile {
  const records = recordsOf(
    {
      traits: plain.traits,
      events: plain.events.map(({ ms, name, properties }) => [
        new Date(ms).toISOString(),
        name,
        properties,
      ]),
      consents: plain.consents,
      lists: plain.lists,
    },
    // Nobody was seen then: a trait was told at the very first event, or nothing was.
    plain.events.length === 0 ? NOW_MS : Math.min(...plain.events.map(({ ms }) => ms)),
  )
  const reads = propertyReads(conditions, [], setting)
  const caps = { ...CAPS, recent, recentBytes: 10_000, traitBytes: 10_000 }
  const profile = fold(blank(), records, rules({ caps, reads, aggregates }))
  const isUnseen = plain.events.length === 0
  return {
    ...profile,
    ...(isUnseen ? { firstSeenMs: Number.MAX_SAFE_INTEGER, lastSeenMs: 0 } : {}),
    // Traits and consents are told by events of their own, which the plain person did not do.
    recent: profile.recent.filter(([, , name]) => name !== '$identify' && name !== '$consent'),
    identifiers: Object.entries(plain.identifiers).flatMap(([type, values]) =>
      values.map((value) => ({ type, value, firstSeenMs: 0, lastSeenMs: 0 })),
    ),
  }
}

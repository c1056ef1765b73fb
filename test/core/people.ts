/** Hostile streams of records, and caps so small that each is hit. */
import fc from 'fast-check'
import { needOf, onDemandNeed, type Ask } from '../../worker/core/aggregate/needs.ts'
import { rolling } from '../../worker/core/aggregate/span.ts'
import { CAPS, type Caps } from '../../worker/core/profile/caps.ts'
import type { Counting } from '../../worker/core/profile/counting.ts'
import { fold, type FoldRules } from '../../worker/core/profile/fold.ts'
import type { AggregateNeeds } from '../../worker/core/profile/aggregates.ts'
import { learningRules, type LearningRules } from '../../worker/core/learning/rules.ts'
import { NOTHING_LEARNED } from '../../worker/core/learning/section.ts'
import { emptyProfile, type Profile } from '../../worker/core/profile/profile.ts'
import { UTC_SETTING } from './setting.ts'
import type { EventRecord } from '../../worker/core/record.ts'

export const TINY: Caps = {
  ...CAPS,
  seen: 8,
  recent: 5,
  recentBytes: 24,
  traits: 4,
  traitBytes: 24,
  consents: 3,
  lists: 2,
  reserved: 3,
}

/** One of each kind, over windows short and long. */
export const NEEDS: AggregateNeeds = (
  [
    { compute: 'count', last: '30m' },
    { compute: 'count' },
    { compute: 'sum', property: 'price', last: '1h' },
    { compute: 'average', property: 'price' },
    { compute: 'min', property: 'price', last: '2h' },
    { compute: 'max', property: 'price' },
    { compute: 'first', property: 'category', last: '3h' },
    { compute: 'last', property: 'category' },
    { compute: 'unique', property: 'price', last: '3h' },
    { compute: 'unique', property: 'price' },
    { compute: 'mostFrequent', property: 'price' },
    { compute: 'count', where: { property: 'category', eq: 'a' } },
  ] as const
).map((ask) => needOf({ event: 'viewed', ...ask }, UTC_SETTING))

/** What conditions ask for by themselves, over each kind of span. */
export const ON_DEMAND: AggregateNeeds = (
  [
    { compute: 'count', span: { kind: 'ever' } },
    { compute: 'count', span: rolling(1_800_000) },
    { compute: 'sum', property: 'price', span: rolling(10_800_000) },
    { compute: 'latest', span: { kind: 'ever' } },
    {
      compute: 'unique',
      property: 'price',
      span: { kind: 'period', unit: 'day', back: 1, calendar: UTC_SETTING.calendar },
    },
    {
      compute: 'earliest',
      where: { property: 'category', eq: 'a' },
      span: { kind: 'fixed', fromMs: Date.UTC(2026, 0, 1, 1), untilMs: Date.UTC(2026, 0, 1, 3) },
    },
  ] satisfies Partial<Ask>[]
).map((ask) =>
  onDemandNeed({ event: 'viewed', where: undefined, property: null, ...ask }, UTC_SETTING),
)

const learning = learningRules(
  [
    { key: 'view', name: 'View', event: 'viewed', window: '1h', after: 'impression' },
    {
      key: 'order',
      name: 'Order',
      event: 'added',
      businessKey: 'other',
      value: { property: 'price', currency: 'EUR', currencyProperty: 'currency' },
      refund: { event: 'viewed' },
      window: '2h',
      after: 'click',
    },
    { key: 'click', name: 'Click', event: '$click', window: '1h', after: 'impression' },
  ],
  [{ experiment: 'p', arms: ['a', 'b'] }],
  UTC_SETTING,
)
export const LEARNING: LearningRules = {
  ...learning,
  keptExposures: 3,
  goals: learning.goals.map((goal) => ({ ...goal, kept: 2 })),
}

/** Counters of an action, of what it has in common with others, for life, and of a conversion. */
const COUNTING: Counting = {
  needs: new Map([
    ['act_a', { windowMs: 3_600_000, newest: 3, ever: false }],
    ['tag_t', { windowMs: 900_000, newest: 2, ever: true }],
    ['pol_p', { windowMs: 0, newest: 0, ever: true }],
    ['click', { windowMs: 900_000, newest: 1, ever: false }],
    ['sold_', { windowMs: 0, newest: 0, ever: true }],
  ]),
  counters: new Map([
    ['impression:action:a', ['act_a', 'tag_t']],
    ['impression:action:b', ['tag_t']],
    ['impression:policy:p', ['pol_p']],
    ['click:action:a', ['click']],
  ]),
  conversions: new Map([['added', [{ id: 'sold_', matches: (read) => read('category') === 'a' }]]]),
}

export const rules = (over: Partial<FoldRules> = {}): FoldRules => ({
  caps: TINY,
  reads: new Map([['viewed', ['category', 'price']]]),
  counting: COUNTING,
  arms: new Map([
    [
      'test',
      {
        id: 'exper',
        arms: new Map([
          ['a', 'aaa'],
          ['b', 'bbb'],
        ]),
      },
    ],
  ]),
  aggregates: [...NEEDS, ...ON_DEMAND],
  learning: LEARNING,
  epoch: 1,
  ...over,
})

const START_MS = Date.UTC(2026, 0, 1)
const MINUTE_MS = 60_000

const text = fc.constantFrom('a', 'b', 'あ', 'long-enough-to-be-too-long-for-a-cap')
const value = fc.oneof(text, fc.integer(), fc.constant(null), fc.array(text, { maxLength: 2 }))

/** What varies in a record; ids are given afterwards, so that they are distinct. */
const content = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant('track' as const),
      event: fc.constantFrom('viewed', 'added'),
      properties: fc.dictionary(
        fc.constantFrom('category', 'price', 'other'),
        fc.oneof(text, fc.integer({ min: -500, max: 500 }), fc.double({ noNaN: true })),
        { maxKeys: 3 },
      ),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('identify' as const),
      traits: fc.dictionary(fc.constantFrom('plan', 'city', 't1', 't2', 't3', 't4'), value, {
        maxKeys: 4,
      }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('track' as const),
      event: fc.constantFrom('$impression', '$click', '$dismiss', '$served'),
      properties: fc
        .record({
          action: fc.constantFrom('a', 'b'),
          policy: fc.constantFrom('p', 'q'),
          arm: fc.constantFrom('a', 'b'),
          more: fc.record({
            position: fc.constantFrom(0, 0, 1),
            experiments: fc.constantFrom(null, { test: 'a' }, { test: 'b' }, { gone: 'a' }),
          }),
        })
        .map(({ more, ...chosen }) => ({
          ...more,
          ...chosen,
          // One decision, one choice.
          exposure: Object.values(chosen).join(),
          atMs: START_MS + Object.values(chosen).join('').charCodeAt(2) * 1000,
          propensity: 0.5,
          epoch: 1,
        })),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('track' as const),
      event: fc.constant('$consent'),
      properties: fc.dictionary(fc.constantFrom('email', 'analytics'), fc.boolean(), {
        maxKeys: 2,
      }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('$list' as const),
      properties: fc.record({
        list: fc.constantFrom(
          'vip',
          'staff',
          'press',
          'a-name-that-is-longer-than-a-list-may-have',
        ),
        in: fc.oneof(fc.boolean(), fc.constant('yes')),
      }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('page' as const),
      name: text,
      context: fc.record({ gpc: fc.boolean() }),
    }),
  },
)

/** Records with distinct messageIds, in any order of time, some at the very same moment. */
export const stream = (maxLength = 40): fc.Arbitrary<EventRecord[]> =>
  fc
    .array(
      fc.record({
        content,
        minutes: fc.integer({ min: 0, max: 300 }),
        delay: fc.integer({ min: 0, max: 90 }),
        device: fc.constantFrom('phone', 'laptop', 'kiosk'),
      }),
      { maxLength, size: 'max' },
    )
    .map((items) =>
      items.map(({ content: body, minutes, delay, device }, i): EventRecord => {
        const timestampMs = START_MS + minutes * MINUTE_MS
        return {
          ...(body as object as Pick<EventRecord, 'type'>),
          messageId: `m${i}`,
          source: 'test',
          profileId: 'p',
          epoch: 1,
          anonymousId: device,
          timestampMs,
          receivedAtMs: timestampMs + delay * MINUTE_MS,
          originalTimestampMs: timestampMs,
          sentAtMs: null,
        }
      }),
    )

export const blank = (id = 'p'): Profile => emptyProfile(id, `anonymous_id:${id}`)
export const folded = (
  records: readonly EventRecord[],
  over: Partial<FoldRules> = {},
  id = 'p',
): Profile => fold(blank(id), records, rules(over))

/** What the laws speak of: all but names, drops, what was logged, and what derives from them. */
export function contentOf(profile: Profile) {
  const {
    id: _id,
    splitKey: _key,
    dropped: _dropped,
    epoch: _epoch,
    membership: _in,
    learning,
    ...content
  } = profile
  const { counted: _counted, told: _told, ...learned } = learning ?? NOTHING_LEARNED
  return { ...content, learned }
}

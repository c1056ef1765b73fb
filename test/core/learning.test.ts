/**
 * Exposures and goals joined on the profile: every reward is told once and
 * experiments' tallies add up, whatever the order in which records arrive, the
 * commits they arrive in, and the profiles they are spread over until these merge.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { GoalConfig } from '../../worker/contract/goal.ts'
import type { JsonObject } from '../../worker/contract/message.ts'
import { outcomeOf } from '../../worker/core/experiment/outcome.ts'
import { changeOf, sumRows, type TallyRow } from '../../worker/core/experiment/tally.ts'
import type { Learned } from '../../worker/core/learning/learn.ts'
import type { Reward } from '../../worker/core/learning/rewards.ts'
import { learningRules, type LearningRules } from '../../worker/core/learning/rules.ts'
import type { Learning } from '../../worker/core/learning/section.ts'
import { partsOf } from '../../worker/core/learning/trials.ts'
import { EXPOSURES_BYTES, learningBytes } from '../../worker/core/learning/weight.ts'
import { fold, mergeProfiles } from '../../worker/core/profile/fold.ts'
import type { Profile } from '../../worker/core/profile/profile.ts'
import type { EventRecord } from '../../worker/core/record.ts'
import { blank, rules as rulesOf } from './people.ts'
import { UTC_SETTING } from './setting.ts'
import { expectCaught } from './teeth.ts'

const numRuns = Number(process.env['TSUGI_RUNS'] ?? 300)
const START_MS = Date.UTC(2026, 0, 1)
const HOUR_MS = 3_600_000

const order: GoalConfig = {
  key: 'order',
  name: 'Order',
  event: 'Order Completed',
  businessKey: 'order_id',
  value: { property: 'revenue', currency: 'JPY', currencyProperty: 'currency' },
  refund: { event: 'Order Refunded' },
  window: '10h',
  after: 'impression',
}
const lead: GoalConfig = {
  key: 'lead',
  name: 'Lead',
  event: 'Lead',
  window: '5h',
  after: 'click',
}
const click: GoalConfig = {
  key: 'click',
  name: 'Click',
  event: '$click',
  window: '2h',
  after: 'impression',
}
const goals = [order, lead, click]
const roomy: LearningRules = {
  ...learningRules(goals, [{ experiment: 'banner', arms: ['a', 'b'] }], UTC_SETTING),
  keptExposures: 1000,
}
const withKept = (rules: LearningRules, exposures: number, hits: number): LearningRules => {
  const goalOf = new Map(rules.goals.map((goal) => [goal.key, { ...goal, kept: hits }]))
  const kept = ({ key }: { readonly key: string }) => goalOf.get(key)!
  return {
    keptExposures: exposures,
    goals: rules.goals.map(kept),
    readers: new Map(
      [...rules.readers].map(([name, readers]) => [
        name,
        readers.map((reader) => ({ ...reader, goal: kept(reader.goal) })),
      ]),
    ),
    experiments: new Map(
      [...rules.experiments].map(([id, trial]) => [id, { ...trial, goals: trial.goals.map(kept) }]),
    ),
  }
}
const ROOMY = withKept(roomy, 1000, 1000)
const TIGHT = withKept(roomy, 3, 2)

const base = {
  source: 's',
  profileId: 'p',
  epoch: 1,
  originalTimestampMs: null,
  sentAtMs: null,
  receivedAtMs: START_MS,
}
const track = (
  messageId: string,
  event: string,
  hours: number,
  properties: JsonObject,
): EventRecord => ({
  ...base,
  type: 'track',
  messageId,
  event,
  // No two at one moment, so that the oracle below can be simple.
  timestampMs: START_MS + Math.round(hours * HOUR_MS) + Number(messageId.replaceAll(/\D/g, '')),
  properties,
})

const exposed = (kind: 'impression' | 'click', decision: number, hours: number): EventRecord =>
  track(`${kind}:${decision}`, `$${kind}`, hours, {
    exposure: `decision-${decision}`,
    atMs: START_MS + decision,
    policy: 'banner',
    arm: decision % 5 === 0 ? 'b' : 'a',
    action: 'x',
    propensity: 0.5,
    epoch: 1,
  })

interface Event {
  readonly kind: 'seen' | 'clicked' | 'order' | 'again' | 'refund' | 'lead'
  readonly hours: number
  readonly which: number
}
const event = fc.record({
  kind: fc.constantFrom('seen', 'seen', 'clicked', 'order', 'again', 'refund', 'lead'),
  hours: fc.integer({ min: 0, max: 30 }),
  which: fc.integer({ min: 1, max: 6 }),
}) as fc.Arbitrary<Event>

/** As production has it: a decision is seen once and clicked once; the rest may come again. */
function recordsOf(events: readonly Event[]): EventRecord[] {
  const records = events.map(({ kind, hours, which }, i): EventRecord => {
    const id = `m${i + 1}`
    if (kind === 'seen') return exposed('impression', which, hours)
    if (kind === 'clicked') return exposed('click', which, hours)
    if (kind === 'lead') return track(id, 'Lead', hours, {})
    const money = { order_id: `o${which}`, revenue: which * 100 }
    return kind === 'refund'
      ? track(id, 'Order Refunded', hours, { ...money, revenue: which })
      : track(id, 'Order Completed', hours, money)
  })
  return [...new Map(records.map((record) => [record.messageId, record])).values()]
}

/** In which order, in which commits, on which of three profiles, and who merges with whom first. */
const arrival = (maxLength: number) =>
  fc.record({
    events: fc.array(event, { maxLength, size: 'max' }),
    seed: fc.infiniteStream(fc.nat(1_000_000)),
  })

type Told = { readonly rewards: Reward[]; readonly log: TallyRow[]; readonly person: Profile }
type Step = (profile: Profile) => Profile

function live(
  records: readonly EventRecord[],
  learning: LearningRules,
  next: () => number,
  after: Step = (p) => p,
  heard: 'all' | 'folds' = 'all',
): Told {
  const rules = rulesOf({ learning })
  const rewards: Reward[] = []
  const log: TallyRow[] = []
  const told = (learned: Learned): void => {
    rewards.push(...learned.rewards)
    log.push(...learned.change)
  }
  const shuffled = records.map((record) => [next(), record] as const).sort(([a], [b]) => a - b)
  const people = [blank('1'), blank('2'), blank('3')]
  let pending: EventRecord[] = []
  const commit = (): void => {
    const who = next() % people.length
    people[who] = after(fold(people[who]!, pending, rules, told))
    pending = []
  }
  for (const [, record] of shuffled) {
    pending.push(record)
    if (next() % 3 > 0) commit()
    if (people.length > 1 && next() % 15 === 0) join()
  }
  function join(): void {
    const [a, b] = [people.shift()!, people.shift()!]
    people.push(after(mergeProfiles(a, b, rules, heard === 'all' ? told : undefined)))
  }
  commit()
  while (people.length > 1) join()
  return { rewards, log, person: people[0]! }
}

const orderOf = (properties: JsonObject | undefined): string => properties?.['order_id'] as string

/** From all records at once, with nothing forgotten: a straightforward double loop. */
function oracle(records: readonly EventRecord[]): string[] {
  const of = (name: string) => records.filter((r) => r.event === name)
  const when = (name: string, decision: unknown) =>
    of(name).find((r) => r.properties?.['exposure'] === decision)?.timestampMs
  const decisions = [...new Set(records.flatMap((r) => r.properties?.['exposure'] ?? []))]
  const ids: string[] = []
  for (const decision of decisions as string[]) {
    const seen = when('$impression', decision)
    const clicked = when('$click', decision)
    const inWindow = (at: number, since: number | undefined, hours: number) =>
      since !== undefined && at > since && at <= since + hours * HOUR_MS
    for (const { timestampMs, properties } of of('Order Completed')) {
      if (inWindow(timestampMs, seen, 10)) ids.push(`${decision}:order:${orderOf(properties)}`)
    }
    if (of('Lead').some(({ timestampMs }) => inWindow(timestampMs, clicked, 5))) {
      ids.push(`${decision}:lead`)
    }
    if (seen !== undefined && clicked !== undefined && clicked <= seen + 2 * HOUR_MS) {
      ids.push(`${decision}:click`)
    }
  }
  return ids.sort()
}

/** Names as the oracle has them. */
const plain = ({ exposure, goal, hit }: Reward, records: readonly EventRecord[]): string => {
  if (goal.key !== 'order') return `${exposure[1]}:${goal.key}`
  const event = hit.refund ? 'Order Refunded' : 'Order Completed'
  const record = records.find((r) => r.event === event && r.timestampMs === hit.atMs)
  return `${exposure[1]}:${hit.refund ? 'refund' : 'order'}:${orderOf(record?.properties)}`
}
const nexter = (stream: fc.Stream<number>) => () => stream.next().value as number

/** Where a page is loaded again, which copy arrives first tells whom it is credited to: left out where that matters. */
const loadedOnce = (events: readonly Event[]): Event[] =>
  events.filter(
    ({ kind, which }, i) =>
      kind !== 'again' &&
      (kind !== 'order' || events.findIndex((e) => e.kind === kind && e.which === which) === i),
  )

describe('rewards', () => {
  it('are those of a double loop over everything, each once', () => {
    fc.assert(
      fc.property(arrival(40), ({ events, seed }) => {
        const once = loadedOnce(events)
        const records = recordsOf(once)
        const { rewards } = live(records, ROOMY, nexter(seed))
        const told = rewards.filter(({ hit }) => !hit.refund).map((r) => plain(r, records))
        expect(told.sort()).toEqual(oracle(records))
      }),
      { numRuns },
    )
  })

  const neverTwice = (learning: LearningRules, after?: Step) =>
    fc.property(arrival(60), ({ events, seed }) => {
      const { rewards } = live(recordsOf(events), learning, nexter(seed), after)
      const ids = rewards.map(({ id }) => id)
      expect(ids).toHaveLength(new Set(ids).size)
    })

  it('are never told twice, pages loaded again, forgetting and merging included', () => {
    fc.assert(neverTwice(ROOMY), { numRuns })
    fc.assert(neverTwice(TIGHT), { numRuns })
  })

  it('has teeth: without the floor a forgotten hit rewards again', () => {
    const floorless: Step = (profile) => {
      if (profile.learning === undefined) return profile
      const hits = Object.fromEntries(
        Object.entries(profile.learning.hits).map(([id, [, ...list]]) => [id, [0, ...list]]),
      ) as unknown as Learning['hits']
      return { ...profile, learning: { ...profile.learning, hits } }
    }
    expectCaught(neverTwice(TIGHT, floorless))
  })

  it('says "first" once, though an earlier copy of an order may come later', () => {
    const firstOnce = (learning: LearningRules) =>
      fc.property(arrival(50), ({ events, seed }) => {
        const { rewards } = live(recordsOf(events), learning, nexter(seed))
        const ofDecision = ({ exposure, goal }: Reward) => exposure[1] + goal.key
        for (const own of Map.groupBy(rewards, ofDecision).values()) {
          expect(own.filter(({ first }) => first).length).toBeLessThanOrEqual(1)
        }
      })
    fc.assert(firstOnce(ROOMY), { numRuns })
    fc.assert(firstOnce(TIGHT), { numRuns })
  })

  it('a decision that was rewarded stays so when an earlier copy of its order comes', () => {
    const bought = (id: number, which: number, hours: number) =>
      track(`m${id}`, 'Order Completed', hours, { order_id: `o${which}`, revenue: 100 })
    const steps = [exposed('impression', 1, 3), bought(1, 1, 5), bought(2, 1, 1), bought(3, 2, 6)]
    const firsts = (after: Step): boolean[] => {
      let person = blank('1')
      const told: boolean[] = []
      for (const record of steps) {
        person = after(
          fold(person, [record], rulesOf({ learning: ROOMY }), ({ rewards }) =>
            told.push(...rewards.map(({ first }) => first)),
          ),
        )
      }
      return told
    }
    const forgetful: Step = (profile) => {
      const { told: _, ...learning } = profile.learning as Learning
      return { ...profile, learning }
    }
    expect(firsts((profile) => profile)).toEqual([true, false])
    expect(firsts(forgetful)).toEqual([true, true])
  })

  it('only the first of a goal for a decision says so, and squares add up to the square of the sum', () => {
    for (const learning of [ROOMY, TIGHT]) {
      fc.assert(
        fc.property(arrival(50), ({ events, seed }) => {
          const { rewards } = live(recordsOf(loadedOnce(events)), learning, nexter(seed))
          const ofDecision = ({ exposure, goal }: Reward) => exposure[1] + goal.key
          for (const own of Map.groupBy(rewards, ofDecision).values()) {
            expect(own.filter(({ first }) => first)).toHaveLength(1)
            if (learning === TIGHT) continue
            const money = own.reduce((sum, { hit }) => sum + hit.micro / 1e6, 0)
            const squares = own.reduce((sum, { squares }) => sum + squares, 0)
            expect(squares).toBeCloseTo(money * money, 6)
          }
        }),
        { numRuns },
      )
    }
  })
})

const sorted = (rows: readonly TallyRow[]) =>
  sumRows(rows)
    .map((row) => ({ ...row, squares: Number(row.squares.toFixed(6)) }))
    .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))

describe('tallies of experiments', () => {
  it('the log adds up to the people as they stand, whatever was forgotten', () => {
    for (const learning of [ROOMY, TIGHT]) {
      fc.assert(
        fc.property(arrival(60), ({ events, seed }) => {
          const { log, person } = live(recordsOf(events), learning, nexter(seed))
          const now = partsOf(person.learning ?? { trials: {}, counted: {} }, learning)
          expect(sorted(log)).toEqual(sorted(changeOf([], now)))
        }),
        { numRuns },
      )
    }
  })

  it('with nothing forgotten they are what all records say at once', () => {
    fc.assert(
      fc.property(arrival(50), ({ events, seed }) => {
        const records = recordsOf(events)
        const { log } = live(records, ROOMY, nexter(seed))
        const seen = records
          .filter((r) => r.event === '$impression')
          .sort((a, b) => a.timestampMs - b.timestampMs)
        const [first] = seen
        if (first === undefined) {
          expect(log).toEqual([])
          return
        }
        const arms = new Set(seen.map((r) => r.properties?.['arm'] as string))
        const outcomes = Object.fromEntries(
          ROOMY.goals.map((goal) => {
            const hits = records.flatMap((record) =>
              (ROOMY.readers.get(record.event ?? '') ?? [])
                .filter((reader) => reader.goal.key === goal.key)
                .flatMap(({ read }) => {
                  const property = (path: string) => record.properties?.[path]
                  const hit = read({
                    read: property,
                    timestampMs: record.timestampMs,
                    digest: record.messageId,
                  })
                  return hit === null ? [] : [hit]
                }),
            )
            return [goal.key, outcomeOf(hits, first.timestampMs, goal.windowMs)]
          }),
        )
        const [arm] = seen.map((r) => r.properties?.['arm'] as string)
        const part = {
          experiment: 'banner',
          arm: arm!,
          firstMs: first.timestampMs,
          crossed: arms.size > 1,
          outcomes,
        }
        expect(sorted(log)).toEqual(sorted(changeOf([], [part])))
      }),
      { numRuns },
    )
  })

  function expectNoneTwice(
    records: readonly EventRecord[],
    { log }: Pick<ReturnType<typeof live>, 'log'>,
  ): void {
    const conversions = log
      .filter(({ goal }) => goal === 'order')
      .reduce((sum, row) => sum + row.conversions, 0)
    const orders = new Set(
      records
        .filter(({ event }) => event === 'Order Completed')
        .map(({ properties }) => orderOf(properties)),
    )
    expect(conversions).toBeLessThanOrEqual(orders.size)
    expect(conversions).toBeGreaterThanOrEqual(0)
  }

  const neverTwice = (learning: LearningRules, heard?: 'folds') =>
    fc.property(arrival(80), ({ events, seed }) => {
      const records = recordsOf(events)
      expectNoneTwice(records, live(records, learning, nexter(seed), undefined, heard))
    })

  it('never count one order twice, however often its page is loaded and whatever was forgotten', () => {
    fc.assert(neverTwice(ROOMY), { numRuns })
    fc.assert(neverTwice(TIGHT), { numRuns })
  })

  it('two devices counted one order, and one of them had forgotten it when they merged', () => {
    const device = (name: number, orders: readonly number[]): Told => {
      const records = [
        exposed('impression', name, name),
        ...orders.map((which, i) =>
          track(`m${name}${i}`, 'Order Completed', 5 + i, { order_id: `o${which}`, revenue: 100 }),
        ),
      ]
      let person = blank(`${name}`)
      const log: TallyRow[] = []
      for (const record of records) {
        person = fold(person, [record], rulesOf({ learning: TIGHT }), (one) =>
          log.push(...one.change),
        )
      }
      return { rewards: [], log, person }
    }
    // Two are kept of each goal: the phone has forgotten the first.
    const desk = device(1, [1, 2])
    const phone = device(2, [1, 2, 3])
    const log = [...desk.log, ...phone.log]
    mergeProfiles(desk.person, phone.person, rulesOf({ learning: TIGHT }), (one) =>
      log.push(...one.change),
    )
    const ofOrders = (rows: readonly TallyRow[]) =>
      rows.filter(({ goal }) => goal === 'order').reduce((sum, row) => sum + row.conversions, 0)
    expect([desk.log, phone.log, log].map(ofOrders)).toEqual([2, 3, 3])
  })

  it('the same, as it was first found', () => {
    const events = (
      [
        ['lead', 26, 6],
        ['refund', 27, 4],
        ['order', 25, 3],
        ['lead', 7, 6],
        ['again', 12, 3],
        ['again', 21, 5],
        ['order', 23, 2],
        ['clicked', 21, 1],
        ['again', 20, 2],
        ['seen', 18, 4],
        ['seen', 14, 4],
        ['seen', 17, 6],
        ['order', 28, 5],
      ] as const
    ).map(([kind, hours, which]) => ({ kind, hours, which }))
    const draws = [
      662692, 399635, 307637, 69628, 531902, 945833, 579435, 11285, 166332, 665273, 12095, 210463,
      166360, 616141, 599298, 381283, 523574, 547890, 825630, 285714, 46802, 383982, 768061, 723675,
      458225, 323780, 406, 648208, 404529, 245950, 70458, 813668, 108881, 309663, 744580, 225487,
      715058, 103842, 96464, 637193, 153363, 298502, 951603, 85708, 447694,
    ].values()
    const records = recordsOf(events)
    expectNoneTwice(
      records,
      live(records, TIGHT, () => draws.next().value as number),
    )
  })

  it('has teeth: what people counted before they merged may not simply be added up', () => {
    expectCaught(neverTwice(TIGHT, 'folds'))
  })
})

describe('the section', () => {
  it('weighs no more than was reckoned, however full', () => {
    const many = learningRules(
      [
        order,
        lead,
        {
          ...order,
          key: 'x'.repeat(60),
          value: { property: 'revenue', currencies: ['JPY', 'EUR'], currencyProperty: 'c' },
        },
      ],
      Array.from({ length: 4 }, (_, i) => ({ experiment: `policy-${i}`, arms: ['a', 'b'] })),
      UTC_SETTING,
    )
    const rules = rulesOf({ learning: many })
    const records = Array.from({ length: 60 }, (_, i) => [
      {
        ...exposed('impression', i, i / 10),
        properties: {
          ...exposed('impression', i, i / 10).properties,
          exposure: `123456${100 + i}`,
          policy: `policy-${i % 4}`,
          atMs: START_MS + i * 1e9,
          propensity: 1 / 12,
          model: 1_234_567,
          epoch: 1_234_567,
        },
      },
      track(`o${i}`, 'Order Completed', i / 9, {
        order_id: `${i}`,
        revenue: 999_999_999.999999,
        c: i % 2 === 0 ? 'JPY' : 'EUR',
      }),
      track(`r${i}`, 'Order Refunded', i / 8, {
        order_id: `${i}`,
        revenue: 999_999_999.999999,
        c: 'EUR',
      }),
      track(`l${i}`, 'Lead', i / 7, {}),
    ]).flat()
    const { learning } = fold(blank(), records, rules)
    const bytes = JSON.stringify({ learning }).length
    expect(learning?.exposures).toHaveLength(16)
    expect(Object.keys(learning?.trials ?? {})).toHaveLength(4)
    expect(bytes).toBeLessThanOrEqual(EXPOSURES_BYTES + learningBytes(many))
    expect(bytes).toBeGreaterThan(0.7 * (EXPOSURES_BYTES + learningBytes(many)))
  })

  it('is not there where nothing asks for it', () => {
    const { learning } = fold(
      blank(),
      [exposed('impression', 1, 1)],
      rulesOf({ learning: learningRules([], [], UTC_SETTING) }),
    )
    expect(learning).toBeUndefined()
  })
})

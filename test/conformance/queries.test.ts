/** Every query of docs/queries.md, on generated data, against answers worked out without SQL. */
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { JsonObject } from '../../worker/contract/message.ts'
import { identityMap } from '../../worker/core/identity/identity-map.ts'
import type { EventRecord } from '../../worker/core/record.ts'
import { lakeOf, type Lake } from './lake.ts'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
const START_MS = Date.UTC(2026, 2, 1)
const TOKYO_MS = 9 * 3_600_000

/** Equal numbers each time: mulberry32. */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

const random = randomOf(20260301)
const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T

const records = generate()
const people = identityMap()
for (const record of records) people.note(record)
const personOf = (record: EventRecord): string => people.ownerOf(record) as string
const inTime = records.filter(({ late, preview }) => late !== true && preview !== true)

/** A shop's two months: 60 people, some of whom turn out to be others, one merge of them undone. */
function generate(): EventRecord[] {
  const made: EventRecord[] = []
  const CAMPAIGNS = ['spring', 'mail', 'search', null, null, null]
  const PAGES = ['Home', 'Knitwear', 'Linen', 'Product', 'Cart']
  const frame = (profileId: string, atMs: number): EventRecord => ({
    type: 'track',
    messageId: `m${made.length}`,
    source: 'shop',
    profileId,
    epoch: 1,
    timestampMs: atMs,
    receivedAtMs: atMs,
    originalTimestampMs: null,
    sentAtMs: null,
    ...(random() < 0.01 ? { late: true as const } : {}),
    ...(random() < 0.01 ? { preview: true as const } : {}),
  })
  const add = (profileId: string, atMs: number, over: Partial<EventRecord>): void => {
    const campaign = pick(CAMPAIGNS)
    const context: JsonObject = campaign === null ? {} : { campaign: { name: campaign } }
    made.push({ ...frame(profileId, atMs), context, ...over })
  }
  let orders = 0
  for (let n = 0; n < 60; n++) {
    const id = `p${String(n).padStart(2, '0')}`
    let atMs = START_MS + Math.floor(random() * 20 * DAY_MS)
    const arm = pick(['a', 'b'])
    const held = random() < 0.3 ? 'held' : 'open'
    for (let visit = 0; visit < 1 + Math.floor(random() * 5); visit++) {
      for (let step = 0; step < 2 + Math.floor(random() * 4); step++) {
        add(id, (atMs += MINUTE_MS * (1 + Math.floor(random() * 10))), {
          type: 'page',
          name: pick(PAGES),
        })
      }
      const shows = random() < 0.8
      if (shows) {
        const action = held === 'held' ? null : pick(['knit', 'linen', 'welcome'])
        // One who met both arms counts for none.
        const met = n % 17 === 3 && visit === 1 ? (arm === 'a' ? 'b' : 'a') : arm
        const properties = {
          decision: `d${made.length}`,
          exposure: `x${made.length}`,
          placement: pick(['hero', 'slot']),
          policy: 'spring',
          action,
          arm: null,
          position: 0,
          propensity: 1,
          model: 0,
          leaf: '',
          epoch: 1,
          atMs,
          experiments: { $holdout: held, ...(held === 'held' ? {} : { 'hero-test': met }) },
        }
        add(id, (atMs += MINUTE_MS), { event: '$impression', properties })
        if (random() < 0.3) add(id, (atMs += MINUTE_MS), { event: '$click', properties })
      }
      const eager = held === 'open' && arm === 'b' ? 0.75 : 0.5
      add(id, (atMs += MINUTE_MS), { event: 'Product Viewed', properties: { sku: `K-${n}` } })
      if (random() < eager) add(id, (atMs += MINUTE_MS), { event: 'Product Added', properties: {} })
      if (random() < eager) {
        const properties = {
          order_id: `o${orders++}`,
          revenue: 1000 + Math.floor(random() * 90_000) / 10,
        }
        add(id, (atMs += MINUTE_MS), { event: 'Order Completed', properties })
        // The thank-you page was loaded again.
        if (random() < 0.3) add(id, (atMs += MINUTE_MS), { event: 'Order Completed', properties })
      }
      atMs += Math.floor(random() * 14 * DAY_MS)
    }
    const change = (at: number, what: string): void =>
      void made.push({
        ...frame(id, at),
        type: '$segment',
        messageId: `$segment:${id}:${at}`,
        properties: { segment: pick(['vip', 'new']), change: what, why: 'event' },
      })
    change(START_MS + Math.floor(random() * 10 * DAY_MS), 'entered')
    if (random() < 0.3) change(START_MS + Math.floor((10 + random() * 10) * DAY_MS), 'exited')
  }
  made.push(...unusual(frame))
  const untilMs = START_MS + 80 * DAY_MS
  const merge = (survivor: string, absorbed: string, at: number): void =>
    void made.push({
      ...frame(survivor, at),
      type: '$merge',
      messageId: `$merge:${absorbed}`,
      properties: { survivor, absorbed, cause: 'm', documents: [] },
    })
  for (const [i, [a, b]] of [
    ['p01', 'p02'],
    ['p03', 'p04'],
    ['p05', 'p01'],
    ['p06', 'p07'],
  ].entries()) {
    merge(a as string, b as string, untilMs + i)
  }
  // Before they were told apart, some of what p07 did was logged as p06's.
  const theirs = made.filter(
    ({ profileId, event }, n) => profileId === 'p06' && (event === '$impression' || n % 3 === 0),
  )
  made.push({
    ...frame('p06', untilMs + 9),
    type: '$unmerge',
    messageId: '$unmerge:1',
    properties: {
      leaves: 'p07',
      stays: 'p06',
      along: {},
      moved: [
        {
          from: 'p06',
          to: 'p07',
          records: theirs.map(({ messageId, receivedAtMs }) => [messageId, receivedAtMs] as const),
        },
      ],
    },
  })
  return made.sort((a, b) => a.receivedAtMs - b.receivedAtMs)
}

/** A shop that sends no order ids, an order long after its campaign, and what was served to nobody who came. */
function unusual(frame: (profileId: string, atMs: number) => EventRecord): EventRecord[] {
  const made: EventRecord[] = []
  const add = (profileId: string, day: number, over: Partial<EventRecord>): void => {
    const plain = frame(profileId, START_MS + Math.round(day * DAY_MS))
    const { late: _late, preview: _preview, ...inTimeOnly } = plain
    made.push({ ...inTimeOnly, messageId: `unusual${made.length}`, ...over })
  }
  const order = (profileId: string, day: number, properties: JsonObject): void =>
    add(profileId, day, { event: 'Order Completed', properties })
  const campaign = (name: string): Partial<EventRecord> => ({
    type: 'page',
    name: 'Home',
    context: { campaign: { name } },
  })
  add('p60', 1, campaign('spring'))
  order('p60', 40, { order_id: 'late-one', revenue: 500 })
  add('p61', 2, campaign('mail'))
  const experiments = { 'hero-test': 'b' }
  const shown = { placement: 'hero', action: 'knit', experiments }
  add('p61', 3, { event: '$impression', properties: shown })
  order('p61', 4, { revenue: 700 })
  order('p61', 5, { revenue: 900 })
  add('p62', 6, campaign('search'))
  order('p62', 7, { revenue: 1100 })
  for (const day of [20, 30, 50]) add('p62', day, { event: '$served', properties: shown })
  return made
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '')
const propertyOf = (record: EventRecord, name: string): unknown => record.properties?.[name]
const dayOf = (ms: number): string => new Date(ms + TOKYO_MS).toISOString().slice(0, 10)
const round = (value: number, digits: number): number => Number(value.toFixed(digits))

const grouped = <T, K>(items: readonly T[], key: (item: T) => K): Map<K, T[]> => {
  const groups = new Map<K, T[]>()
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item])
  return groups
}

interface Order {
  readonly person: string
  readonly atMs: number
  readonly revenue: number
  readonly campaigns: { readonly name: string; readonly atMs: number }[]
}
const of = (event: string): EventRecord[] => inTime.filter((record) => record.event === event)
const campaignOf = ({ context }: EventRecord): string =>
  text((context?.['campaign'] as JsonObject | undefined)?.['name'])
const orders: Order[] = [
  ...grouped(of('Order Completed'), (r) => propertyOf(r, 'order_id') ?? r.messageId).values(),
].map((loads) => {
  const [first] = loads.toSorted((a, b) => a.timestampMs - b.timestampMs)
  const record = first as EventRecord
  const person = personOf(record)
  const campaigns = inTime
    .filter((one) => campaignOf(one) !== '' && personOf(one) === person)
    .filter(
      ({ timestampMs: at }) => at <= record.timestampMs && at >= record.timestampMs - 30 * DAY_MS,
    )
    .map((one) => ({ name: campaignOf(one), atMs: one.timestampMs }))
  return {
    person,
    atMs: record.timestampMs,
    revenue: Number(propertyOf(record, 'revenue')),
    campaigns,
  }
})

type Row = readonly unknown[]
const byText = (a: Row, b: Row): number => (String(a[0]) < String(b[0]) ? -1 : 1)

const ANSWERS: Readonly<Record<string, () => Row[]>> = {
  'Daily active people': () => {
    const seen = inTime.filter(
      ({ type, event }) => ['track', 'page'].includes(type) && event !== '$served',
    )
    return [...grouped(seen, ({ timestampMs }) => dayOf(timestampMs))]
      .map(([day, all]): Row => [day, new Set(all.map(personOf)).size, all.length])
      .toSorted(byText)
  },

  Funnel: () => {
    const first = (
      event: string,
      person: string,
      fromMs: number,
      toMs: number,
    ): number | undefined =>
      of(event)
        .filter((r) => personOf(r) === person && r.timestampMs > fromMs && r.timestampMs <= toMs)
        .map((r) => r.timestampMs)
        .toSorted((a, b) => a - b)[0]
    let [viewed, added, ordered] = [0, 0, 0]
    for (const person of new Set(of('Product Viewed').map(personOf))) {
      const view = first('Product Viewed', person, 0, Infinity) as number
      viewed++
      const add = first('Product Added', person, view, view + 7 * DAY_MS)
      if (add === undefined) continue
      added++
      if (first('Order Completed', person, add, view + 7 * DAY_MS) !== undefined) ordered++
    }
    return [[viewed, added, ordered]]
  },

  'Retention by week': () => {
    // 1970-01-01 was a Thursday.
    const weekOf = (ms: number): number => Math.floor(((ms + TOKYO_MS) / DAY_MS + 3) / 7)
    const seen = inTime.filter(
      ({ type, event }) => ['track', 'page'].includes(type) && event !== '$served',
    )
    const counts = new Map<string, number>()
    for (const [, own] of grouped(seen, personOf)) {
      const weeks = new Set(own.map(({ timestampMs }) => weekOf(timestampMs)))
      const cohort = Math.min(...weeks)
      const monday = new Date((cohort * 7 - 3) * DAY_MS).toISOString().slice(0, 10)
      for (const week of weeks) {
        const key = `${monday} ${String(week - cohort).padStart(2, '0')}`
        counts.set(key, (counts.get(key) ?? 0) + 1)
      }
    }
    return [...counts]
      .toSorted(byText)
      .map(([key, n]): Row => [key.slice(0, 10), Number(key.slice(11)), n])
  },

  Paths: () => {
    const pages = inTime.filter(({ type }) => type === 'page')
    const counts = new Map<string, number>()
    for (const [, own] of grouped(pages, personOf)) {
      const sorted = own.toSorted((a, b) => a.timestampMs - b.timestampMs)
      for (let i = 0; i + 2 < sorted.length; i++) {
        const three = sorted.slice(i, i + 3)
        const gaps = three
          .slice(1)
          .map((r, n) => r.timestampMs - (three[n] as EventRecord).timestampMs)
        if (gaps.some((gap) => gap > 30 * MINUTE_MS)) continue
        const path = three.map(({ name }) => name).join(' → ')
        counts.set(path, (counts.get(path) ?? 0) + 1)
      }
    }
    return [...counts].toSorted(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)).slice(0, 20)
  },

  'Last-touch attribution': () => {
    const last = ({ campaigns }: Order): string =>
      campaigns.toSorted((a, b) => b.atMs - a.atMs)[0]?.name ?? '(none)'
    return [...grouped(orders, last)]
      .map(([campaign, own]): Row => [
        campaign,
        own.length,
        round(
          own.reduce((sum, o) => sum + o.revenue, 0),
          2,
        ),
      ])
      .toSorted((a, b) => Number(b[2]) - Number(a[2]))
  },

  'Linear attribution': () => {
    const parts = orders.flatMap(({ campaigns, revenue }) => {
      const names = [...new Set(campaigns.map(({ name }) => name))]
      return names.map((name) => ({ name, part: revenue / names.length }))
    })
    return [...grouped(parts, ({ name }) => name)]
      .map(([name, own]): Row => [
        name,
        own.length,
        round(
          own.reduce((sum, o) => sum + o.part, 0),
          2,
        ),
      ])
      .toSorted((a, b) => Number(b[2]) - Number(a[2]))
  },

  'Result of an experiment': () => {
    const met = new Map<string, { arms: Set<string>; since: number }>()
    for (const record of of('$impression')) {
      const arm = text((propertyOf(record, 'experiments') as JsonObject)['hero-test'])
      if (arm === '') continue
      const person = personOf(record)
      const standing = met.get(person) ?? { arms: new Set(), since: Infinity }
      standing.arms.add(arm)
      met.set(person, { ...standing, since: Math.min(standing.since, record.timestampMs) })
    }
    return ['a', 'b'].map((arm): Row => {
      const own = [...met].filter(([, { arms }]) => arms.size === 1 && arms.has(arm))
      const after = own.map(([person, { since }]) =>
        orders.filter((order) => order.person === person && order.atMs > since),
      )
      const converted = after.filter((list) => list.length > 0).length
      const revenue = after.flat().reduce((sum, order) => sum + order.revenue, 0)
      return [
        arm,
        own.length,
        converted,
        round(converted / own.length, 4),
        round(revenue / own.length, 2),
      ]
    })
  },

  'Growth of segments': () => {
    const changes = inTime.filter(({ type }) => type === '$segment')
    return ['new', 'vip'].flatMap((segment) => {
      let members = 0
      const own = changes.filter((record) => propertyOf(record, 'segment') === segment)
      return [...grouped(own, ({ timestampMs }) => dayOf(timestampMs))]
        .toSorted(byText)
        .map(([day, all]): Row => {
          const entered = all.filter((record) => propertyOf(record, 'change') === 'entered').length
          const exited = all.length - entered
          return [segment, day, entered, exited, (members += entered - exited)]
        })
    })
  },

  'Share of decisions': () =>
    ['hero', 'slot'].flatMap((placement) => {
      const own = [...of('$impression'), ...of('$click')].filter(
        (r) => propertyOf(r, 'placement') === placement,
      )
      const total = own.filter(({ event }) => event === '$impression').length
      return [...grouped(own, (r) => (propertyOf(r, 'action') as string | null) ?? "(page's own)")]
        .map(([action, all]): Row => {
          const impressions = all.filter(({ event }) => event === '$impression').length
          const clicks = all.length - impressions
          return [
            placement,
            action,
            impressions,
            round(impressions / total, 4),
            round(clicks / impressions, 4),
          ]
        })
        .toSorted((a, b) => Number(b[2]) - Number(a[2]))
    }),

  'Lift against the holdout': () => {
    const met = new Map<string, { arms: Set<string>; since: number }>()
    for (const record of of('$impression')) {
      const arm = text((propertyOf(record, 'experiments') as JsonObject)['$holdout'])
      const person = personOf(record)
      const standing = met.get(person) ?? { arms: new Set(), since: Infinity }
      standing.arms.add(arm)
      met.set(person, { ...standing, since: Math.min(standing.since, record.timestampMs) })
    }
    const rateOf = (arm: string): [number, number] => {
      const own = [...met].filter(([, { arms }]) => arms.size === 1 && arms.has(arm))
      const converted = own.filter(([person, { since }]) =>
        of('Order Completed').some((r) => personOf(r) === person && r.timestampMs > since),
      )
      return [own.length, converted.length / own.length]
    }
    const [[shown, shownRate], [held, heldRate]] = [rateOf('open'), rateOf('held')]
    return [
      [shown, held, round(shownRate, 4), round(heldRate, 4), round(shownRate / heldRate - 1, 4)],
    ]
  },

  'Repeat rate': () => {
    const months = new Map<string, { buyers: number; back: number }>()
    for (const [, own] of grouped(orders, ({ person }) => person)) {
      const first = Math.min(...own.map(({ atMs }) => atMs))
      const month = `${dayOf(first).slice(0, 7)}-01`
      const { buyers, back } = months.get(month) ?? { buyers: 0, back: 0 }
      const again = own.some(({ atMs }) => atMs > first && atMs <= first + 90 * DAY_MS)
      months.set(month, { buyers: buyers + 1, back: back + (again ? 1 : 0) })
    }
    return [...months]
      .toSorted(byText)
      .map(([month, { buyers, back }]): Row => [month, buyers, back, round(back / buyers, 4)])
  },

  RFM: () => {
    const buyers = [...grouped(orders, ({ person }) => person)].map(([person, own]) => ({
      person,
      last: Math.max(...own.map(({ atMs }) => atMs)),
      orders: own.length,
      revenue: own.reduce((sum, { revenue }) => sum + revenue, 0),
    }))
    /** As ntile does: the first parts have one more where it does not divide. */
    const thirds = (key: (buyer: (typeof buyers)[number]) => number): Map<string, number> => {
      const sorted = buyers.toSorted((a, b) => key(a) - key(b) || (a.person < b.person ? -1 : 1))
      const sizes = [0, 1, 2].map((i) => Math.floor((sorted.length + 2 - i) / 3))
      const bounds = [sizes[0] as number, (sizes[0] as number) + (sizes[1] as number)]
      return new Map(
        sorted.map(({ person }, i) => [person, 1 + bounds.filter((bound) => i >= bound).length]),
      )
    }
    const [recency, frequency, value] = [
      thirds((b) => b.last),
      thirds((b) => b.orders),
      thirds((b) => b.revenue),
    ]
    return buyers
      .map(({ person, orders: count, revenue }): Row => [
        person,
        count,
        round(revenue, 2),
        recency.get(person),
        frequency.get(person),
        value.get(person),
      ])
      .toSorted(byText)
  },
}

const page = await readFile('docs/queries.md', 'utf8')
const blocks = [...page.matchAll(/^## (.+)\n(?:(?!^## )[^])*?```sql\n([^]*?)```/gm)].map(
  ([, heading, sql]) => [String(heading), String(sql)] as const,
)

let lake: Lake
beforeAll(async () => {
  lake = await lakeOf(records)
})
afterAll(() => lake?.close())

/** As DuckDB hands counts and decimals over: as text, so that none is rounded. */
const plain = (rows: readonly Row[]): Row[] =>
  rows.map((row) =>
    row.map((cell) =>
      typeof cell === 'string' && /^-?\d+(\.\d+)?$/.test(cell) ? Number(cell) : cell,
    ),
  )

test('every query has its answer here, and there are a dozen', () => {
  expect(blocks.map(([heading]) => heading)).toEqual(Object.keys(ANSWERS))
  expect(blocks).toHaveLength(12)
})

describe('docs/queries.md', () => {
  test.each(blocks)('%s', async (heading, sql) => {
    const expected = (ANSWERS[heading] as () => Row[])()
    expect(expected.length).toBeGreaterThan(0)
    expect(plain(await lake.query(sql))).toEqual(expected)
  })
})

test('the data has what makes the queries differ from naive ones', () => {
  const raw = records.filter(({ event }) => event === 'Order Completed').length
  expect(raw).toBeGreaterThan(orders.length + 5)
  expect(records.filter(({ late }) => late === true).length).toBeGreaterThan(3)
  expect(records.filter(({ preview }) => preview === true).length).toBeGreaterThan(3)
  const nameless = orders.filter(({ person }) => person === 'p61' || person === 'p62')
  expect(nameless.map(({ revenue }) => revenue).toSorted((a, b) => a - b)).toEqual([700, 900, 1100])
  expect(orders.filter(({ person }) => person === 'p60')).toMatchObject([{ campaigns: [] }])
  expect(of('$served')).toHaveLength(3)
  const moved = records.filter((one) => one.profileId === 'p06' && personOf(one) === 'p07')
  expect(moved.filter(({ event }) => event === '$impression')).not.toEqual([])
  expect(
    records.some((record) => record.profileId !== null && personOf(record) !== record.profileId),
  ).toBe(true)
})

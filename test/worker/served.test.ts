/**
 * Caps on what is served, on both stores: reserved before they are told, and
 * exact whoever asks at the same time.
 */
import { env } from 'cloudflare:workers'
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DecideAnswer, DecideBody } from '../../worker/contract/decide.ts'
import type { EventRecord, OutboxBody } from '../../worker/core/record.ts'
import { requestDeps, type Deps } from '../../worker/deps.ts'
import { decide, type DecideRequest } from '../../worker/flow/decide.ts'
import { why } from '../../worker/flow/why.ts'
import type { DecisionLines } from '../../worker/flow/replay-ports.ts'
import {
  StoreError,
  type OutboxView,
  type ProfileStore,
  type Stocks,
} from '../../worker/flow/ports.ts'
import { redisClient } from '../../worker/store/redis/client.ts'
import { redisKeys } from '../../worker/store/redis/keys.ts'
import { redisOutboxView } from '../../worker/store/redis/outbox-view.ts'
import { profileIdOf } from '../../worker/store/redis/profile-id.ts'
import { redisProfileStore } from '../../worker/store/redis/profile-store.ts'
import { openRedis } from '../support/workerd/redis.ts'
import { fromPage, publish, WRITE_KEY } from './site.ts'
import { action, ONCE_EACH, placement, policy, siteWith } from './site-parts.ts'

const idOf = profileIdOf('a-key-for-tests')
const redis = await openRedis()
afterAll(() => redis.remove())

const servedAtMost = (max: number, per: string) => ({ caps: [{ of: 'served', max, per }] })
const PLACES = ['plain', 'coupon', 'few', 'list', 'gift-a', 'gift-b', 'gift-one']
const RARE = ['rare-d1', 'rare-redis']

beforeAll(async () => {
  const site = await siteWith({
    tags: [{ key: 'gift', name: 'Gift', ...servedAtMost(2, 'lifetime') }],
    placements: [...PLACES, ...RARE].map((key) => placement(key, { fallback: 'welcome' })),
    actions: [
      action('coupon', ONCE_EACH),
      action('few', servedAtMost(3, '24h')),
      action('one'),
      ...RARE.map((key) => action(key, { stock: 3 })),
      action('two'),
      ...['gift-1', 'gift-2', 'gift-3'].map((key) => action(key, { tags: ['gift'] })),
    ],
    policies: [
      policy('for-plain', 'plain', ['one']),
      policy('for-coupon', 'coupon', ['coupon']),
      policy('for-few', 'few', ['few']),
      policy('for-list', 'list', ['one', 'two'], { limit: 2, ...servedAtMost(1, 'day') }),
      policy('for-gift-a', 'gift-a', ['gift-1', 'gift-2'], { limit: 2 }),
      ...RARE.map((key) => policy(`for-${key}`, key, [key])),
      policy('for-gift-b', 'gift-b', ['gift-3', 'one']),
      policy('for-gift-one', 'gift-one', ['gift-1']),
    ],
  })
  await publish(site)
})

interface Backing {
  readonly store: ProfileStore & Stocks
  readonly outbox: OutboxView
  readonly profileId: Deps['ids']['profileId']
}

/** A fresh request's own view of the store, as another isolate would have it. */
function backing(name: string, deps: Deps, meter: { trips: number }): Backing {
  if (name === 'D1') {
    const counted: ProfileStore & Stocks = {
      taken: (keys) => (meter.trips++, deps.stocks.taken(keys)),
      load: (...of) => (meter.trips++, deps.store.load(...of)),
      commit: (...of) => (meter.trips++, deps.store.commit(...of)),
    }
    return { store: counted, outbox: deps.outbox, profileId: deps.ids.profileId }
  }
  const client = redisClient(redis.settings)
  const keys = redisKeys('tsugi:')
  return {
    store: redisProfileStore(client, keys, idOf, meter),
    outbox: redisOutboxView(client, keys, meter),
    profileId: (first, attempt) => (attempt === 0 ? idOf(first) : crypto.randomUUID()),
  }
}

interface Asked {
  readonly answer: DecideAnswer
  readonly trips: number
  /** The headline of the first item of each placement. */
  readonly shown: Readonly<Record<string, string | undefined>>
  /** What was to be logged behind the answer, where the answer came late. */
  readonly lines: readonly EventRecord[]
  readonly finish: () => Promise<void>
}
const silent = { write: async () => undefined }

let serial = 0

async function ask(
  name: string,
  body: Partial<DecideBody> & { placements: string[] },
  over: Partial<DecideRequest> = {},
  spoil: (store: ProfileStore) => ProfileStore = (plain) => plain,
  late?: () => Promise<null>,
): Promise<Asked> {
  const ctx = createExecutionContext()
  const meter = { trips: 0 }
  const deps = requestDeps(env, ctx)
  const { store, profileId } = backing(name, deps, meter)
  const release = await deps.releases.current()
  const source = release?.sourceByWriteKey.get(WRITE_KEY)
  if (release == null || source === undefined) throw new Error('nothing is published')
  const lines: EventRecord[] = []
  const result = await decide(
    {
      ...deps,
      store: spoil(store),
      stocks: store,
      ids: { ...deps.ids, profileId },
      ...(late === undefined
        ? {}
        : {
            timer: { ...deps.timer, within: late },
            decisionLog: { ...silent, add: (added) => void lines.push(...added) },
          }),
    },
    {
      release,
      source,
      trusted: false,
      body,
      requestId: body.requestId ?? `request-${++serial}`,
      receivedAtMs: Date.now(),
      // The test of the budget has its own; the machine may be slow.
      budgetMs: 20_000,
      bytes: 100,
      ...over,
    },
  )
  if (!result.ok) throw new Error(result.error.code)
  const answer = result.value
  const shown = Object.fromEntries(
    Object.entries(answer.decisions).map(([placement, { items }]) => [
      placement,
      items[0]?.content['headline'] as string | undefined,
    ]),
  )
  const finish = () => waitOnExecutionContext(ctx)
  return { answer, trips: meter.trips, shown, lines, finish }
}

/** Every `$served` in the outbox of somebody's device. */
const served = (name: string, anonymousId: string) =>
  recordsWhere(name, (r) => r.event === '$served' && r.anonymousId === anonymousId)

/** What commits wrote into the log. */
const decisionLines = (name: string, requestId: string) =>
  recordsWhere(name, (r) => r.type === '$decision' && r.messageId.includes(`:${requestId}:`))

async function recordsWhere(
  name: string,
  isMeant: (record: EventRecord) => boolean,
): Promise<EventRecord[]> {
  const deps = requestDeps(env, createExecutionContext())
  const { outbox } = backing(name, deps, { trips: 0 })
  const found: EventRecord[] = []
  for (let after = -1; ;) {
    const rows = await outbox.records(after, 200)
    const last = rows.at(-1)
    if (last === undefined) return found
    for (const { body } of rows) {
      const { records } = JSON.parse(body) as OutboxBody
      found.push(...records.filter(isMeant))
    }
    after = last.seq
  }
}

const view = (anonymousId: string, messageId: string) => ({
  type: 'track',
  event: 'Product Viewed',
  messageId,
  anonymousId,
  properties: { category: 'knitwear' },
})

const many = <T>(n: number, work: (i: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: n }, (_, i) => work(i)))

for (const name of ['D1', 'Redis']) {
  describe(`caps on what is served, on ${name}`, () => {
    const device = (what: string): string => `${what}-${name}`

    it('take two trips, with events that came along too; other decisions take one', async () => {
      const anonymousId = device('trips')
      const about = (placement: string, events: object[] = []) =>
        ask(name, { anonymousId, placements: [placement], events })
      expect((await about('plain')).trips).toBe(1)
      // Redis brings each script along the first time.
      await about('few')
      const spent = await about('few')
      expect([spent.shown, spent.trips]).toEqual([{ few: 'few' }, 2])
      const both = await about('few', [view(anonymousId, `trip-${name}`)])
      expect([both.shown, both.trips]).toEqual([{ few: 'few' }, 2])
      expect(both.answer.acked).toEqual([`trip-${name}`])
      const full = await about('few')
      expect([full.shown, full.trips]).toEqual([{ few: 'Welcome' }, 1])
      expect(await served(name, anonymousId)).toHaveLength(3)
    })

    it('of 20 who ask at once for the last one exactly one gets it', async () => {
      const anonymousId = device('last')
      const answers = await many(20, () => ask(name, { anonymousId, placements: ['coupon'] }))
      const got = answers.filter(({ shown }) => shown['coupon'] === 'coupon')
      expect(got).toHaveLength(1)
      expect(answers.filter(({ answer }) => answer.degraded)).toEqual([])
      expect(await served(name, anonymousId)).toHaveLength(1)
    })

    it('of 20 people who ask at once for the last three of all, exactly three get one', async () => {
      const placement = `rare-${name.toLowerCase()}`
      const answers = await many(20, (i) =>
        ask(name, { anonymousId: device(`rare-${i}`), placements: [placement] }),
      )
      const got = answers.filter(({ shown }) => shown[placement] === placement)
      expect(got).toHaveLength(3)
      expect(answers.filter(({ answer }) => answer.degraded)).toEqual([])
      const records = await Promise.all(
        Array.from({ length: 20 }, (_, i) => served(name, device(`rare-${i}`))),
      )
      expect(records.flat()).toHaveLength(3)
      // Who comes later is told so without a commit: what is left, and who it is.
      const late = await ask(name, { anonymousId: device('rare-late'), placements: [placement] })
      expect([late.shown[placement], late.trips]).toEqual(['Welcome', 2])
    })

    it('of 20 who ask at once for three, no more than three get one, each written down', async () => {
      const anonymousId = device('three')
      const answers = await many(20, () => ask(name, { anonymousId, placements: ['few'] }))
      const got = answers.filter(({ shown }) => shown['few'] === 'few').length
      expect(got).toBe((await served(name, anonymousId)).length)
      expect(got).toBeGreaterThan(0)
      expect(got).toBeLessThanOrEqual(3)
    })

    it('20 repeats of one question get one decisionId and spend one', async () => {
      const anonymousId = device('repeat')
      const body = { anonymousId, requestId: `again-${name}`, placements: ['coupon'] }
      const answers = await many(20, () => ask(name, body))
      const ids = new Set(
        answers.map(({ answer }) => answer.decisions['coupon']?.items[0]?.decisionId),
      )
      expect(answers.map(({ shown }) => shown['coupon'])).toEqual(
        Array.from({ length: 20 }, () => 'coupon'),
      )
      expect(ids.size).toBe(1)
      expect(await served(name, anonymousId)).toHaveLength(1)
      // And later, from another isolate; another question does not.
      const later = await ask(name, body, { receivedAtMs: Date.now() + 5000 })
      expect(ids).toContain(later.answer.decisions['coupon']?.items[0]?.decisionId)
      expect(later.trips).toBe(1)
      const other = await ask(name, { ...body, requestId: `other-${name}` })
      expect(other.shown).toEqual({ coupon: 'Welcome' })
    })

    it('a list is given again as it was, and counts once for its policy', async () => {
      const body = { anonymousId: device('list'), requestId: `list-${name}`, placements: ['list'] }
      const items = async () => (await ask(name, body)).answer.decisions['list']?.items
      const first = await items()
      expect(first?.map(({ content }) => content['headline'])).toEqual(['one', 'two'])
      expect(await items()).toEqual(first)
      expect(await served(name, device('list'))).toHaveLength(2)
    })

    it('a tag counts over the placements of one request', async () => {
      const anonymousId = device('tag')
      const { shown } = await ask(name, { anonymousId, placements: ['gift-a', 'gift-b'] })
      expect(shown).toEqual({ 'gift-a': 'gift-1', 'gift-b': 'one' })
      expect(await served(name, anonymousId)).toHaveLength(2)
    })

    it('what is given again is counted already, and leaves the rest of a cap to the others', async () => {
      const anonymousId = device('kept-tag')
      const body = { anonymousId, requestId: `kept-tag-${name}` }
      const first = await ask(name, { ...body, placements: ['gift-one'] })
      expect(first.shown).toEqual({ 'gift-one': 'gift-1' })
      const again = await ask(name, { ...body, placements: ['gift-one', 'gift-b'] })
      expect(again.shown).toEqual({ 'gift-one': 'gift-1', 'gift-b': 'gift-3' })
      expect(await served(name, anonymousId)).toHaveLength(2)
    })

    it('a commit whose fate is unclear: the fallback, and it counts', async () => {
      const anonymousId = device('unclear')
      const body = { anonymousId, placements: ['coupon'] }
      const unclear = await ask(name, body, {}, (store) => ({
        ...store,
        load: (...of) => store.load(...of),
        commit: async (commit) => {
          await store.commit(commit)
          throw new StoreError('no answer came')
        },
      }))
      expect(unclear.answer).toMatchObject({ degraded: true })
      expect(unclear.shown).toEqual({ coupon: 'Welcome' })
      expect(await served(name, anonymousId)).toHaveLength(1)
      expect((await ask(name, body)).shown).toEqual({ coupon: 'Welcome' })
    })

    it('a store that is too slow: the fallback, and what was reserved behind it counts', async () => {
      const anonymousId = device('slow')
      let open = (): void => undefined
      const gate = new Promise<void>((resolve) => (open = resolve))
      const slow = await ask(
        name,
        { anonymousId, placements: ['coupon'] },
        { budgetMs: 20 },
        (store) => ({
          load: async (...of) => {
            await gate
            return store.load(...of)
          },
          commit: (...of) => store.commit(...of),
        }),
      )
      expect(slow.shown).toEqual({ coupon: 'Welcome' })
      expect(await served(name, anonymousId)).toHaveLength(0)
      open()
      await slow.finish()
      expect(await served(name, anonymousId)).toHaveLength(1)
    })

    it.each(['load', 'commit'] as const)(
      'a %s that is too slow leaves one line in the log, and why tells what was shown',
      async (step) => {
        const anonymousId = device(`late-${step}`)
        let open = (): void => undefined
        const gate = new Promise<void>((resolve) => (open = resolve))
        let reached = (): void => undefined
        const begun = new Promise<void>((resolve) => (reached = resolve))
        const wait = async (at: typeof step): Promise<void> => {
          if (at !== step) return
          reached()
          await gate
        }
        const slow = await ask(
          name,
          { anonymousId, requestId: anonymousId, placements: ['coupon'] },
          {},
          (store) => ({
            load: async (...of) => (await wait('load'), store.load(...of)),
            commit: async (...of) => (await wait('commit'), store.commit(...of)),
          }),
          () => begun.then(() => null),
        )
        expect(slow.shown).toEqual({ coupon: 'Welcome' })
        open()
        await slow.finish()
        expect(await served(name, anonymousId)).toHaveLength(1)
        const lines = [...slow.lines, ...(await decisionLines(name, anonymousId))]
        // What was under way already could not be told otherwise.
        const action = step === 'load' ? 'welcome' : 'coupon'
        expect(lines.map(({ properties }) => properties?.['decisions'])).toMatchObject([
          [{ action }],
        ])
        const { seal, configuration: store } = requestDeps(env, createExecutionContext())
        const decisionId = slow.answer.decisions['coupon']?.items[0]?.decisionId ?? ''
        const find: DecisionLines['find'] = async (_ids, _atMs, isMeant) =>
          lines.find(isMeant) ?? null
        const told = await why({ seal, configuration: store, lines: { find } }, decisionId, 0, null)
        expect(told).toMatchObject({
          ok: true,
          value: { shown: ['welcome'], action: 'welcome', policy: null },
        })
      },
    )

    it('looking spends nothing: why, another moment, a flag read in bulk', async () => {
      const anonymousId = device('look')
      const body = { anonymousId, placements: ['coupon'] }
      const looks = [
        await ask(name, { ...body, explain: true }, { trusted: true }),
        await ask(name, { ...body, at: '2030-01-01T00:00:00Z' }, { trusted: true }),
        await ask(name, body, { readOnly: true }),
      ]
      expect(looks.map(({ trips }) => trips)).toEqual([1, 1, 1])
      expect(looks.map(({ shown }) => shown['coupon'])).toEqual(['coupon', 'coupon', 'coupon'])
      expect(await served(name, anonymousId)).toEqual([])
      expect((await ask(name, body)).shown).toEqual({ coupon: 'coupon' })
    })

    it('count for the person: what one device was given is gone for the other', async () => {
      const [phone, laptop] = [device('phone'), device('laptop')]
      const userId = `user-${name}`
      const identify = (anonymousId: string) => ({
        type: 'identify',
        messageId: `id-${anonymousId}`,
        anonymousId,
        userId,
      })
      const trusted = { trusted: true }
      const about = (anonymousId: string) =>
        ask(name, { anonymousId, placements: ['coupon'], events: [identify(anonymousId)] }, trusted)
      expect((await about(phone)).shown).toEqual({ coupon: 'coupon' })
      expect((await about(laptop)).shown).toEqual({ coupon: 'Welcome' })
    })

    it('somebody without any identifier cannot be counted, and gets the fallback', async () => {
      const { shown, trips } = await ask(name, { placements: ['coupon', 'list', 'plain'] })
      expect(shown).toEqual({ coupon: 'Welcome', list: 'Welcome', plain: 'one' })
      expect(trips).toBe(0)
    })
  })
}

it('nobody can say that something was served but the worker', async () => {
  const { decisions } = (
    await fromPage('/v1/decide', {
      writeKey: WRITE_KEY,
      anonymousId: 'forger',
      placements: ['coupon'],
    })
  ).body
  const { status, body } = await fromPage('/v1/track', {
    writeKey: WRITE_KEY,
    anonymousId: 'forger',
    event: '$served',
    properties: { decisionId: decisions.coupon.items[0].decisionId },
  })
  expect([status, body.code]).toEqual([400, 'invalid_message'])
})

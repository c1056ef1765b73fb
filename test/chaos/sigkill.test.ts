/**
 * The worker is killed while clients send and cron drains, again and again, and
 * so is the store where it has a process of its own; every event that was acked
 * must be counted once, in profile, in the files, and in PostgreSQL behind them.
 *
 *   TSUGI_CHAOS=long        at least 20 kills of each, and more people
 *   TSUGI_CHAOS_SEED=…      the same people, batches and choices; the timing is the machine's
 *   --silent=false          with the figures: kills, acked, lost, doubled
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Profile } from '../../worker/core/profile/profile.ts'
import type { EventRecord } from '../../worker/core/record.ts'
import { client } from '../conformance/site/client.ts'
import { SECRET_KEY } from '../conformance/site/configuration.ts'
import { ownersIn, readRows, survivorOf, type Ledger } from './audit.ts'
import type { StoreName } from './backing.ts'
import { letLeaseRunOut } from './state-folder.ts'
import { makePlan, SEEN, withImpressions, type Plan } from './plan.ts'
import { random, type Random } from '../support/random.ts'
import { membersOf } from './members.ts'
import { contentOf, refold } from './refold.ts'
import { decisionIds, experiment, tallies } from './rewards.ts'
import { startRestarts, type Restarts, type Victim } from './restarts.ts'
import { amissIn, expectOnce, expectSettled } from './once.ts'
import { openStage, STORES, type Aftermath, type Stage } from './stage.ts'
import { newSent, sendAll, type Sent } from './sender.ts'

const LONG = process.env['TSUGI_CHAOS'] === 'long'
const PEOPLE = LONG ? 800 : 100
const BATCHES_AMID_A_KILL = 30
/** For what hangs. */
const TIMEOUT_MS = LONG ? 3_600_000 : 900_000
const SEED = Number(process.env['TSUGI_CHAOS_SEED'] ?? Math.floor(Math.random() * 2 ** 32))

const times = (count: number, victim: Victim): Victim[] =>
  Array.from({ length: count }, () => victim)
const VICTIMS: { readonly [store in StoreName]: readonly Victim[] } = {
  D1: times(LONG ? 24 : 3, 'worker'),
  Redis: [
    ...times(LONG ? 10 : 1, 'worker'),
    ...times(LONG ? 10 : 1, 'store'),
    ...times(LONG ? 12 : 1, 'both'),
  ],
}

describe.each(STORES)('SIGKILL under load on %s', (store) => {
  let stage: Stage
  let seconds: number
  let plan: Plan
  let sent: Sent
  let restarts: Restarts
  let after: Aftermath
  let ledger: Ledger
  let rows: readonly EventRecord[]

  beforeAll(async () => {
    console.log(`chaos on ${store}: TSUGI_CHAOS_SEED=${SEED}`)
    const dice = random(SEED)
    plan = makePlan(dice.fork(), PEOPLE)
    sent = newSent()
    stage = await openStage(store)
    const startMs = performance.now()
    restarts = await startRestarts(stage.options, stage.backing, dice.fork())
    await client(restarts.url).publish()
    plan = withImpressions(plan, await decisionIds(restarts.url, plan), dice.fork())
    await underFire(dice.fork(), dice.fork())
    await restarts.stop()
    seconds = (performance.now() - startMs) / 1000

    await letLeaseRunOut(stage.options.stateFolder)
    // A sink goes on where the run before had files for it, and a run on a busy machine ends early.
    after = await stage.aftermath(5)
    ledger = after.ledger
    rows = await readRows(after.warehouse)
    console.log(report())
  }, TIMEOUT_MS)
  afterAll(() => stage?.remove())

  /** Load, drain and kills at once; a kill comes soon after so much of the load was acked. */
  async function underFire(killDice: Random, sendDice: Random): Promise<void> {
    const load = { lasts: true }
    const pace = { upTo: 0 }
    const sending = sendAll(plan.batches, sent, sendDice, {
      url: restarts.url,
      secretKey: SECRET_KEY,
      clients: 6,
      pace,
      deadlineMs: Date.now() + TIMEOUT_MS,
    }).finally(() => (load.lasts = false))
    const kills = async (): Promise<void> => {
      const victims = killDice.shuffle(VICTIMS[store])
      for (const [kill, victim] of victims.entries()) {
        const due = ((kill + killDice.next()) / (victims.length + 1)) * plan.batches.length
        // Some batches past the moment that is due, so that the kill comes amid them.
        pace.upTo = due + BATCHES_AMID_A_KILL
        while (load.lasts && sent.batchesAcked < due) await sleep(5)
        await sleep(killDice.between(0, 80))
        if (!load.lasts)
          throw new Error(`only ${kill} of ${victims.length} kills came during the load`)
        await restarts.killAndRestart(victim)
      }
      pace.upTo = Infinity
    }
    await Promise.all([
      restarts.drainUntilStopped(),
      Promise.all([sending, kills()]).then(() => restarts.stop()),
    ])
  }

  const report = (): string => {
    const { workerKills, storeKills, killsAmidDrain, drains, drainsKilled, downMs } =
      restarts.counts
    const outcomes = [...sent.outcomes].map(([what, n]) => `${what} ${n}`).join(', ')
    // One row a decision that was seen, under a messageId of its own.
    const shown = rows.flatMap((row) => (row.event === '$impression' ? [row.messageId] : []))
    const filed = [...events().map(({ messageId }) => messageId), ...shown]
    const amiss = amissIn(kept(), filed)
    const lost = amiss.lost.length + (sent.acked.size - kept().length - new Set(shown).size)
    return [
      `chaos on ${store}: ${workerKills} kills of the worker (${killsAmidDrain} amid a drain), ${storeKills} of the store, in ${seconds.toFixed(1)} s, of which ${(downMs / 1000).toFixed(1)} s down, ${drains} drains, ${drainsKilled} killed`,
      `chaos on ${store}: ${sent.acked.size} messages acked, ${lost} lost, ${amiss.doubled.length} doubled; deliveries: ${outcomes}`,
      `chaos on ${store}: ${rows.length} rows in ${after.warehouse.files.length} files, ${ledger.profiles.size} people`,
    ].join('\n')
  }

  /** Not those that Tsugi itself wrote down. */
  const events = (): EventRecord[] =>
    rows.filter(({ type, event }) => !type.startsWith('$') && event !== '$impression')
  /** Acked under their own messageIds. */
  const kept = (): string[] => [...sent.acked].filter((id) => !id.startsWith(SEEN))

  /** People by what the warehouse logged, merges followed. */
  function rowsByPerson(): Map<string, EventRecord[]> {
    const survivor = survivorOf(rows)
    return Map.groupBy(events(), ({ profileId }) => survivor(profileId as string))
  }

  const sorted = (values: Iterable<string>): string[] => [...values].sort()

  it('acked every message', () => {
    const killed = (...of: Victim[]): number =>
      VICTIMS[store].filter((victim) => of.includes(victim)).length
    expect(restarts.counts).toMatchObject({
      workerKills: killed('worker', 'both'),
      storeKills: killed('store', 'both'),
    })
    expect(sorted(sent.acked)).toEqual(sorted(plan.messages.keys()))
  })

  it('wrote every acked message into the warehouse once, and no other', async () => {
    expect(
      await after.warehouse.query(
        `SELECT count(DISTINCT message_id) AS messages, count(*) AS rows, count(*) FILTER (late) AS late,
           sum((properties->>'amount')::BIGINT)::VARCHAR AS amount
         FROM events WHERE type NOT LIKE '$%' AND event IS DISTINCT FROM '$impression'`,
      ),
    ).toEqual([
      {
        messages: String(kept().length),
        rows: String(kept().length),
        late: '0',
        amount: String(
          [...plan.messages.values()].reduce(
            (n, { properties }) => n + Number(properties?.['amount'] ?? 0),
            0,
          ),
        ),
      },
    ])
    expectOnce(
      kept(),
      events().map(({ messageId }) => messageId),
    )
  })

  it('handed every row of the files to PostgreSQL once, and no other', () => {
    expect(sorted(after.inPostgres)).toEqual(sorted(after.inFiles))
  })

  it('left nothing behind on the way', () => expectSettled(after))

  it('counted every household’s messages in the household’s profiles, once', () => {
    const people = rowsByPerson()
    for (const { userIds, messageIds } of plan.households) {
      const profileIds = userIds.map((userId) => ledger.owners.get(`user_id:${userId}`) as string)
      expect(new Set(profileIds).size).toBe(userIds.length)
      const logged = profileIds.flatMap((id) => people.get(id) ?? [])
      expect(sorted(logged.map(({ messageId }) => messageId))).toEqual(sorted(messageIds))
      const counted = profileIds.map((id) => ledger.profiles.get(id)?.recent.length ?? 0)
      expect(counted.reduce((sum, n) => sum + n, 0)).toBe(messageIds.size)
    }
    expect(ledger.profiles.size).toBe(plan.households.flatMap(({ userIds }) => userIds).length)
  })

  it('holds the very people that a replay of the warehouse makes', () => {
    const people = [...refold(rows)]
    const living = people.filter(([, { mergedInto }]) => mergedInto === null)
    expect(sorted(living.map(([id]) => id))).toEqual(sorted(ledger.profiles.keys()))
    for (const [id, { profile }] of living) {
      expect(contentOf(ledger.profiles.get(id) as Profile)).toEqual(contentOf(profile))
    }
    const merged = people.flatMap(([id, { mergedInto }]) =>
      mergedInto === null ? [] : [[id, mergedInto] as const],
    )
    expect(ledger.tombstones).toEqual(new Map(merged))
  })

  it('logged every entry and exit that the profiles know of, once', () => {
    const ids = rows.map(({ messageId }) => messageId)
    expect(new Set(ids).size).toBe(ids.length)
    const members = membersOf(rows)
    const inSomething = [...ledger.profiles].filter(([, { membership }]) => membership?.in !== '')
    expect(inSomething.length).toBeGreaterThan(0)
    expect(sorted(members)).toEqual(sorted(inSomething.map(([id]) => id)))
  })

  it('rewarded each decision for each order after it, once, and added up just that', async () => {
    const pairs = plan.buyers.flatMap(({ devices, orders }) => devices.flatMap(() => orders))
    const money = pairs.reduce((sum, { amount }) => sum + amount, 0)
    expect(pairs.length).toBeGreaterThan(20)
    const rewards = rows.filter(({ type }) => type === '$reward')
    expect(new Set(rewards.map(({ messageId }) => messageId)).size).toBe(rewards.length)
    const told = rewards.map(({ properties }) => Number(properties?.['value']))
    expect([rewards.length, told.reduce((sum, n) => sum + n, 0)]).toEqual([pairs.length, money])
    const buying = plan.buyers.filter(({ orders }) => orders.length > 0)
    expect(await tallies(after.worker)).toEqual({
      impressions: plan.buyers.flatMap(({ devices }) => devices).length,
      rewarded: buying.flatMap(({ devices }) => devices).length,
      rewards: pairs.length,
      micro: money * 1e6,
    })
  })

  it('counted every person in the experiment once, by what they came to', async () => {
    const survivor = survivorOf(rows)
    const armsOf = new Map<string, Set<unknown>>()
    for (const { event, profileId, properties } of rows) {
      if (event !== '$impression') continue
      const person = survivor(profileId as string)
      armsOf.set(person, (armsOf.get(person) ?? new Set()).add(properties?.['arm']))
    }
    const crossed = [...armsOf].filter(([, arms]) => arms.size > 1).map(([person]) => person)
    const ownerOf = (device: string) => ledger.owners.get(`anonymous_id:${device}`) as string
    const counted = plan.buyers.filter(({ devices }) => !crossed.includes(ownerOf(devices[0]!)))
    const orders = counted.flatMap((buyer) => buyer.orders)
    expect(await experiment(after.worker)).toEqual({
      people: counted.length,
      crossed: crossed.length,
      converted: counted.filter((buyer) => buyer.orders.length > 0).length,
      conversions: orders.length,
      micro: orders.reduce((sum, { amount }) => sum + amount, 0) * 1e6,
    })
  })

  it('answers with them over HTTP', async () => {
    const http = client(after.worker.url)
    for (const { userIds } of plan.households.filter((_, i) => i % 5 === 0)) {
      const userId = userIds[0] as string
      const { status, body } = await http.profile('user_id', userId)
      const profile = ledger.profiles.get(body.profileId)
      expect([status, body.events?.length]).toEqual([200, profile?.recent.length])
    }
  })

  it('gave no identifier two owners, and none but whom the log names', () => {
    expect(new Set(ledger.claimed.map(([key]) => key)).size).toBe(ledger.claimed.length)
    expect(new Map(ledger.claimed)).toEqual(ledger.owners)
    expect(ownersIn(rows)).toEqual(ledger.owners)
  })
})

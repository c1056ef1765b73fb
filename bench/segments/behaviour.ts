/** Segments of what people did in the last days, with people whose recent events are full; and the same by hand. */
import type { Condition } from '../../worker/contract/condition.ts'
import type { EventRecord } from '../../worker/core/record.ts'
import { fold } from '../../worker/core/profile/fold.ts'
import { emptyProfile, type Profile, type RecentEvent } from '../../worker/core/profile/profile.ts'
import type { Release } from '../../worker/core/release/release.ts'
import { random, type Random } from '../harness/random.ts'
import { EVENTS, NOW_MS } from '../shop/words.ts'

const DAY_MS = 86_400_000
/** As many as a profile remembers. */
const EVENTS_EACH = 100
const CATEGORIES = ['knitwear', 'shirts', 'coats', 'shoes', 'bags']

/** How often something must have been done: in so many days, in a category or in any. */
interface Done {
  readonly event: string
  readonly gte: number
  readonly days: number
  readonly category: string | null
}

const doneOf = (r: Random): Done => ({
  event: r.pick(EVENTS),
  gte: 1 + r.below(6),
  days: 1 + r.below(30),
  category: r.next() < 0.5 ? r.pick(CATEGORIES) : null,
})

/** Both of the first and one of the last two. */
const wishesOf = (count: number): Done[][] => {
  const r = random(7)
  return Array.from({ length: count }, () => [doneOf(r), doneOf(r), doneOf(r), doneOf(r)])
}

const leafOf = ({ event, gte, days, category }: Done): Condition => ({
  event,
  count: { gte },
  last: `${days}d`,
  ...(category === null ? {} : { where: { property: 'category', eq: category } }),
})

export const behaviouralOf = (count: number): Condition[] =>
  wishesOf(count).map((wishes) => {
    const [a, b, c, d] = wishes.map(leafOf) as [Condition, Condition, Condition, Condition]
    return { all: [a, { any: [b, { not: c }] }, d] }
  })

export function behaviouralByHand(count: number): (profile: Profile) => number[] {
  const tests = wishesOf(count).map((wishes) => {
    const [a, b, c, d] = wishes.map(testOf) as [Test, Test, Test, Test]
    return (profile: Profile): boolean => a(profile) && (b(profile) || !c(profile)) && d(profile)
  })
  return (profile) => tests.flatMap((test, i) => (test(profile) ? [i] : []))
}

type Test = (profile: Profile) => boolean

function testOf({ event, gte, days, category }: Done): Test {
  const fromMs = NOW_MS - days * DAY_MS
  return ({ recent }) => {
    let n = 0
    for (let i = 0; i < recent.length; i++) {
      const entry = recent[i] as RecentEvent
      if (entry[2] !== event || entry[0] <= fromMs) continue
      if (category === null || (entry[3] !== 0 && entry[3]['category'] === category)) n++
    }
    return n >= gte
  }
}

export function doersOf(release: Release, count: number): Profile[] {
  return Array.from({ length: count }, (_, n) => {
    const r = random(500 + n)
    const records = Array.from({ length: EVENTS_EACH }, (_each, i): EventRecord => {
      const timestampMs = NOW_MS - r.below(30 * 24 * 60) * 60_000
      return {
        type: 'track',
        messageId: `${n}-${i}`,
        event: r.pick(EVENTS),
        properties: { category: r.pick(CATEGORIES), value: r.below(1000) },
        source: 'site',
        profileId: `doer-${n}`,
        epoch: release.epoch,
        anonymousId: `doer-${n}`,
        timestampMs,
        receivedAtMs: timestampMs,
        originalTimestampMs: null,
        sentAtMs: null,
      }
    })
    const profile = fold(emptyProfile(`doer-${n}`, `anonymous_id:${n}`), records, release.rules)
    return JSON.parse(JSON.stringify(profile)) as Profile
  })
}

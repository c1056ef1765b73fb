/** People of the benchmark's shop, folded from events as a worker would have folded them. */
import type { JsonObject } from '../../worker/contract/message.ts'
import { fold } from '../../worker/core/profile/fold.ts'
import { emptyProfile, type Profile } from '../../worker/core/profile/profile.ts'
import type { EventRecord } from '../../worker/core/record.ts'
import type { Release } from '../../worker/core/release/release.ts'
import { random, type Random } from '../harness/random.ts'
import { CAMPAIGNS, CITIES, COUNTRIES, DEVICES, EVENTS, NOW_MS, PLANS } from './words.ts'

export interface Person {
  readonly anonymousId: string
  readonly profile: Profile
  /** What comes with a request of theirs. */
  readonly context: JsonObject
}

const DAY_MS = 86_400_000
const EVENTS_EACH = 120
const EXPOSURES_EACH = 40

/** @param nowMs when they last did something: the moment that they are asked about */
export function peopleOf(
  release: Release,
  count: number,
  actions: number,
  nowMs = NOW_MS,
): Person[] {
  return Array.from({ length: count }, (_, i) => {
    const r = random(1000 + i)
    const anonymousId = `0b7c1e8a-33d2-4c5e-9f00-${String(i).padStart(12, '0')}`
    const id = `0198f3a2-7c41-7000-8000-${String(i).padStart(12, '0')}`
    const records = recordsOf(r, { anonymousId, id, actions, releaseEpoch: release.epoch, nowMs })
    const empty = emptyProfile(id, `anonymous_id:${anonymousId}`)
    return {
      anonymousId,
      context: contextOf(r),
      profile: {
        ...fold(empty, records, release.rules),
        identifiers: [
          {
            type: 'anonymous_id',
            value: anonymousId,
            firstSeenMs: nowMs - 60 * DAY_MS,
            lastSeenMs: nowMs,
          },
        ],
      },
    }
  })
}

interface Of {
  readonly anonymousId: string
  readonly id: string
  readonly actions: number
  readonly releaseEpoch: number
  readonly nowMs: number
}

function recordsOf(
  r: Random,
  { anonymousId, id, actions, releaseEpoch, nowMs }: Of,
): EventRecord[] {
  let n = 0
  const record = (agoMs: number, rest: Partial<EventRecord>): EventRecord => ({
    type: 'track',
    messageId: `${id}-${n++}`,
    source: 'site',
    profileId: id,
    epoch: releaseEpoch,
    anonymousId,
    timestampMs: nowMs - agoMs,
    receivedAtMs: nowMs - agoMs,
    originalTimestampMs: null,
    sentAtMs: null,
    ...rest,
  })
  const traits = {
    plan: r.pick(PLANS),
    city: r.pick(CITIES),
    age: 18 + r.below(60),
    spent: r.below(10_000),
    firstName: '花子',
    lastName: '山田',
    size: r.pick(['S', 'M', 'L']),
    favouriteCategory: 'knitwear',
    newsletter: r.next() < 0.5,
    memberSince: '2024-05-01',
  }
  // Some are seen often and some seldom, so that counts differ between people.
  const liked = r.some(EVENTS, 4)
  return [
    record(59 * DAY_MS, { type: 'identify', traits }),
    ...Array.from({ length: EVENTS_EACH }, () =>
      record(r.below(58 * DAY_MS), { event: r.next() < 0.7 ? r.pick(liked) : r.pick(EVENTS) }),
    ),
    ...Array.from({ length: EXPOSURES_EACH }, () =>
      record(r.below(3 * DAY_MS), {
        event: '$impression',
        // The first ones stand highest and are shown most.
        properties: { action: `a-${Math.floor(r.next() ** 2 * actions)}` },
      }),
    ),
  ]
}

const contextOf = (r: Random): JsonObject => ({
  country: r.pick(COUNTRIES),
  device: r.pick(DEVICES),
  campaign: { name: r.pick(CAMPAIGNS), source: 'newsletter' },
  locale: 'ja-JP',
  timezone: 'Asia/Tokyo',
  page: {
    path: '/products/K-104',
    url: 'https://shop.example/products/K-104?ref=top',
    referrer: 'https://shop.example/',
    title: '糸と布',
  },
})

/** One event into a profile that is as full as it can be, as it lies in a store: read, fold, write. */
import * as v from 'valibot'
import { configuration } from '../worker/contract/config.ts'
import type { EventRecord } from '../worker/core/record.ts'
import { fold } from '../worker/core/profile/fold.ts'
import { emptyProfile, type Profile } from '../worker/core/profile/profile.ts'
import { profileText } from '../worker/core/profile/stored.ts'
import { compileRelease } from '../worker/core/release/compile.ts'
import type { Release } from '../worker/core/release/release.ts'
import { checkConfiguration } from '../worker/core/release/check.ts'
import { profileOf } from '../worker/store/stored-document.ts'
import { cpuMicros, interleave } from './harness/interleave.ts'
import { number, type Bench, type Report } from './harness/row.ts'
import { NOW_MS } from './shop/words.ts'

const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i)

const ROUNDS = 15
const TURNS = 200
const MINUTE_MS = 60_000
/** Each as long as the caps let it be. */
const AGGREGATES = 3
const CAPPED = 60
const EVENTS = 2000

function releaseOf(): Release {
  const config = v.parse(configuration, {
    workspace: { name: 'Full', timeZone: 'Asia/Tokyo', phoneRegion: 'JP' },
    sources: [{ key: 'site', name: 'Site', writeKey: 'wk_full', origins: [] }],
    aggregates: upTo(AGGREGATES).map((i) => ({
      key: `most-${i}`,
      name: `Most frequent ${i}`,
      event: 'Product Viewed',
      compute: 'mostFrequent',
      property: `p${i}`,
    })),
    placements: [{ key: 'hero', name: 'Hero', fields: { text: 'text' } }],
    actions: upTo(CAPPED).map((i) => ({
      key: `a-${i}`,
      name: `Action ${i}`,
      content: { text: 'Hello' },
      caps: [{ max: 3, per: '24h' }],
    })),
    policies: [
      {
        key: 'all',
        name: 'All',
        placement: 'hero',
        candidates: upTo(CAPPED).map((i) => ({ action: `a-${i}` })),
      },
    ],
  })
  const faults = checkConfiguration(config)
  if (faults.length > 0) throw new Error(JSON.stringify(faults))
  return compileRelease(config, { number: 1, epoch: 1, stopped: false })
}

function record(n: number, rest: Partial<EventRecord>): EventRecord {
  const atMs = NOW_MS - (EVENTS - n) * MINUTE_MS
  return {
    type: 'track',
    messageId: `message-${n}`,
    source: 'site',
    profileId: 'full',
    epoch: 1,
    timestampMs: atMs,
    receivedAtMs: atMs,
    originalTimestampMs: null,
    sentAtMs: null,
    ...rest,
  }
}

const view = (n: number): EventRecord =>
  record(n, {
    event: 'Product Viewed',
    properties: Object.fromEntries(
      upTo(AGGREGATES).map((i) => [`p${i}`, `${n % 40}`.padStart(i === 0 ? 46 : 8, 'k')]),
    ),
  })

function fullProfile(release: Release): Profile {
  const traits = Object.fromEntries(upTo(40).map((i) => [`trait-${i}`, 'x'.repeat(140)]))
  const records = [
    record(0, { type: 'identify', traits }),
    ...upTo(EVENTS - 200).map((n) => view(n + 1)),
    ...upTo(180).map((n) =>
      record(EVENTS - 199 + n, {
        event: '$impression',
        properties: { action: `a-${n % CAPPED}` },
      }),
    ),
    // Again, since impressions took no place among the recent ones.
    ...upTo(19).map((n) => view(EVENTS - 19 + n)),
  ]
  const profile = fold(emptyProfile('full', 'anonymous_id:full'), records, release.rules)
  return {
    ...profile,
    identifiers: upTo(16).map((i) => ({
      type: `type-${i}`,
      value: 'v'.repeat(120),
      firstSeenMs: NOW_MS,
      lastSeenMs: NOW_MS,
    })),
  }
}

async function run(): Promise<Report> {
  const release = releaseOf()
  const profile = fullProfile(release)
  const text = profileText(profile)
  const plain = Buffer.byteLength(JSON.stringify(profile))
  if (profileText({ ...profileOf(text) }) !== text) throw new Error('it is not what was written')
  let n = EVENTS
  const foldOne = (into: Profile): Profile => fold(into, [view(n++)], release.rules)
  if (profileText(foldOne(profile)) === text) throw new Error('the event was not folded')
  const whole = (): Promise<number> => cpuMicros(TURNS, () => profileText(foldOne(profileOf(text))))
  const bare = (): Promise<number> => cpuMicros(TURNS, () => JSON.stringify(JSON.parse(text)))
  await whole()
  await bare()
  const { ours, theirs, theirsToOurs, spread } = await interleave(ROUNDS, whole, bare)
  const read = await cpuMicros(TURNS * 5, () => profileOf(text))
  // A copy each time: the text of one and the same profile is made once.
  const write = await cpuMicros(TURNS * 5, () => profileText({ ...profile }))
  const folded = await cpuMicros(TURNS * 5, () => foldOne(profile))
  return {
    rows: [],
    notes: [
      `one event into a profile of ${number(Buffer.byteLength(text))} bytes as stored (${number(plain)} as plain JSON): ${number(ours)} µs of CPU to read, fold and write, ` +
        `of which ${number(theirs)} µs are JSON.parse and JSON.stringify alone (ratio ${number(theirsToOurs, 2)}, middle half ${number(spread[0], 2)}–${number(spread[1], 2)}). ` +
        `By themselves: read ${number(read)} µs, fold ${number(folded)} µs, write ${number(write)} µs.`,
    ],
  }
}

export const fullProfileBench: Bench = {
  about: 'one event into the fullest profile: read, fold, write, as it is stored',
  run,
}

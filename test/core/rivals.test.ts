/**
 * Writers who want the same person at once, in virtual time: a store whose
 * answers take as long as they are told to, and no clock but the schedule.
 */
import { describe, expect, it } from 'vitest'
import type { LoadedProfile } from '../../worker/core/ingest/delivery.ts'
import { compileRelease } from '../../worker/core/release/compile.ts'
import { commitChunk } from '../../worker/flow/commit-chunk.ts'
import type { Commit, CommitResult, Timer } from '../../worker/flow/ports.ts'
import { checkDraft } from '../../worker/flow/publish.ts'
import { delivery, NOW_MS, secret } from './world.ts'

const draft = await checkDraft(
  {
    workspace: { name: 'W', timeZone: 'UTC', phoneRegion: 'JP' },
    sources: [{ key: 's', name: 'S', writeKey: 'wk_s', origins: [] }],
  },
  false,
)
if (!draft.ok) throw new Error(JSON.stringify(draft.error))
const release = compileRelease(draft.value.configuration, { number: 1, epoch: 1, stopped: false })

/** The same numbers each time: what is counted must not depend on luck. */
function dice(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

/** Time that passes only when everybody waits. */
function schedule() {
  const waiting: { atMs: number; wake: () => void }[] = []
  let nowMs = 0
  const pause = (ms: number): Promise<void> =>
    new Promise((wake) => {
      waiting.push({ atMs: nowMs + ms, wake })
    })
  const run = async <T>(work: Promise<T>): Promise<T> => {
    let over = false
    const watched = work.finally(() => (over = true))
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve))
      if (over) return watched
      waiting.sort((a, b) => a.atMs - b.atMs)
      const next = waiting.shift()
      if (next === undefined) throw new Error('everybody waits for nothing')
      nowMs = next.atMs
      next.wake()
    }
  }
  return { pause, run, nowMs: () => nowMs }
}

interface Round {
  readonly refused: number
  readonly trips: number
  readonly commits: number
  readonly tookMs: number
}

/** @param pauses whether the worker's pauses are kept, or everybody tries again at once */
async function round(writers: number, tripMs: number, roll: () => number, pauses = true) {
  const time = schedule()
  const halfTrip = () => time.pause((tripMs / 2) * (0.7 + 0.8 * roll()))
  const people = new Map<string, LoadedProfile>()
  const owners = new Map<string, string>()
  let [trips, commits] = [0, 0]
  const read = (keys: readonly string[], ids: readonly string[] = []): LoadedProfile[] =>
    [...new Set([...keys.flatMap((key) => owners.get(key) ?? []), ...ids])].flatMap(
      (id) => people.get(id) ?? [],
    )
  const keyOf = ({ type, value }: { type: string; value: string }) => `${type}:${value}`
  const store = {
    load: async (identifiers: readonly { type: string; value: string }[]) => {
      trips++
      await halfTrip()
      const found = read(identifiers.map(keyOf))
      await halfTrip()
      return found
    },
    commit: async ({ profiles, identifiers }: Commit): Promise<CommitResult> => {
      trips++
      commits++
      await halfTrip()
      const holds =
        profiles.every((p) => (people.get(p.profile.id)?.version ?? 0) === p.expect) &&
        identifiers.every((i) => (owners.get(keyOf(i.identifier)) ?? null) === i.was)
      const current = read(
        identifiers.map((i) => keyOf(i.identifier)),
        profiles.map((p) => p.profile.id),
      )
      if (holds) {
        for (const p of profiles) {
          people.set(p.profile.id, { profile: p.profile, version: p.expect + 1, mergedInto: null })
        }
        for (const { identifier, now } of identifiers) owners.set(keyOf(identifier), now ?? '')
      }
      await halfTrip()
      return holds ? { done: true } : { done: false, current }
    },
  }
  let ids = 0
  const timer: Timer = {
    pause: pauses ? time.pause : () => Promise.resolve(),
    within: () => Promise.reject(new Error('nobody waits here')),
    nowMs: time.nowMs,
    jitter: roll,
  }
  const next = () => `id-${++ids}`
  const ports = {
    store,
    // Nobody was merged, and nobody let a device go.
    byId: { byIds: () => Promise.reject(new Error('nobody is asked for by id')) },
    releases: { current: async () => release },
    timer,
    ids: { messageId: next, profileId: next, commitId: next },
  }
  const results = await time.run(
    Promise.all(
      Array.from({ length: writers }, async (_, i) => {
        await time.pause(roll() * 2)
        const message = { messageId: `m${i}`, anonymousId: 'visitor' }
        return commitChunk(ports, { release, receivedAtMs: NOW_MS, bytes: 200 }, [
          delivery(message, secret),
        ])
      }),
    ),
  )
  const refused = results.filter((result) => !result.ok).length
  // One person, and each message once: nobody who was told so is missing.
  expect(people.size).toBe(1)
  expect([...people.values()][0]?.version).toBe(writers - refused)
  return { refused, trips, commits, tookMs: time.nowMs() } satisfies Round
}

async function rounds(count: number, writers: number, tripMs: number, pauses = true) {
  const roll = dice(writers * 1000 + tripMs)
  const all: Round[] = []
  for (let i = 0; i < count; i++) all.push(await round(writers, tripMs, roll, pauses))
  const sum = (of: (round: Round) => number) => all.reduce((total, one) => total + of(one), 0)
  return {
    refused: sum(({ refused }) => refused),
    tripsEach: sum(({ trips }) => trips) / (count * writers),
    commitsEach: sum(({ commits }) => commits) / (count * writers),
    lastMs: sum(({ tookMs }) => tookMs) / count,
  }
}

describe('writers who want the same person at once', () => {
  it('two: the loser wins with what the answer told, without a pause', async () => {
    const { refused, tripsEach, lastMs } = await rounds(200, 2, 20)
    expect(refused).toBe(0)
    expect(tripsEach).toBeLessThanOrEqual(2.5)
    expect(lastMs).toBeLessThan(80)
  })

  it.each([5, 20, 100])('six, as of a page that loads, at %i ms a trip', async (tripMs) => {
    const { refused, tripsEach, commitsEach } = await rounds(200, 6, tripMs)
    expect(refused).toBeLessThanOrEqual(1)
    expect(tripsEach).toBeLessThan(5.2)
    expect(commitsEach).toBeLessThanOrEqual(5)
  })

  it('has teeth: without the pauses one in six is refused', async () => {
    const { refused } = await rounds(50, 6, 20, false)
    expect(refused).toBeGreaterThan(30)
  })

  it('sixty-four: most are taken, the rest are told to come again', async () => {
    const { refused, commitsEach } = await rounds(10, 64, 20)
    expect(refused).toBeLessThan(0.6 * 640)
    expect(commitsEach).toBeLessThanOrEqual(5)
  })
})

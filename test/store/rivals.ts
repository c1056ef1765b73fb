/** A page that loads: six first calls of one new visitor at once, on a real store. */
import { expect, it } from 'vitest'
import { compileRelease } from '../../worker/core/release/compile.ts'
import { commitChunk } from '../../worker/flow/commit-chunk.ts'
import type { Ids, ProfilesById, ProfileStore, Timer } from '../../worker/flow/ports.ts'
import { checkDraft } from '../../worker/flow/publish.ts'
import { delivery, NOW_MS, secret } from '../core/world.ts'
import { configuration } from '../worker/site.ts'

const ROUNDS = 12
const WRITERS = 6

const timer: Timer = {
  pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  within: () => Promise.reject(new Error('nobody waits here')),
  nowMs: () => Date.now(),
  jitter: () => Math.random(),
}

interface Rivals {
  readonly store: ProfileStore & ProfilesById
  readonly meter: { trips: number }
  readonly newId: (identifier: { readonly type: string; readonly value: string }) => string
}

export function rivalsContract({ store, meter, newId }: Rivals): void {
  it('six first calls of one visitor are all taken, twelve times over', async () => {
    const draft = await checkDraft(await configuration(), false)
    if (!draft.ok) throw new Error(JSON.stringify(draft.error))
    const release = compileRelease(draft.value.configuration, {
      number: 1,
      epoch: 1,
      stopped: false,
    })
    const ids: Ids = {
      messageId: () => crypto.randomUUID(),
      commitId: () => crypto.randomUUID(),
      profileId: (first, attempt) => (attempt === 0 ? newId(first) : crypto.randomUUID()),
    }
    const ports = { store, byId: store, releases: { current: async () => release }, timer, ids }
    const before = meter.trips
    for (let round = 0; round < ROUNDS; round++) {
      const visitor = { anonymousId: `rivals-${crypto.randomUUID()}` }
      const results = await Promise.all(
        Array.from({ length: WRITERS }, (_, i) =>
          commitChunk(ports, { release, receivedAtMs: NOW_MS, bytes: 200 }, [
            delivery({ messageId: `${visitor.anonymousId}-${i}`, ...visitor }, secret),
          ]),
        ),
      )
      expect(results.map(({ ok }) => ok)).toEqual(Array(WRITERS).fill(true))
      const [person, ...others] = await store.load([
        { type: 'anonymous_id', value: visitor.anonymousId },
      ])
      expect([person?.version, person?.profile.recent.length, others]).toEqual([
        WRITERS,
        WRITERS,
        [],
      ])
    }
    const trips = (meter.trips - before - ROUNDS) / (ROUNDS * WRITERS)
    // Two where nobody is in the way; a lost try is one more, or two after a pause.
    expect(trips).toBeLessThan(6)
    // On a busy machine a trip is long, and so are the pauses.
  }, 120_000)
}

/** What the platform bounds: the size of a D1 value, and how long a request may wait for a release. */
import { env } from 'cloudflare:workers'
import { createExecutionContext } from 'cloudflare:test'
import { beforeAll, describe, expect, it } from 'vitest'
import * as v from 'valibot'
import { configuration as schema } from '../../worker/contract/config.ts'
import { requestDeps } from '../../worker/deps.ts'
import { collect } from '../../worker/flow/collect.ts'
import type { ActiveRelease, ConfigurationStore } from '../../worker/flow/configuration-ports.ts'
import { StoreError, type Commit, type ProfileStore } from '../../worker/flow/ports.ts'
import { emptyCell, heldReleases } from '../../worker/flow/releases.ts'
import { configuration, publish, records, SECRET_KEY, withKey } from './site.ts'

beforeAll(async () => {
  await publish(await configuration())
})

const D1_VALUE_BYTES = 2_000_000
const bytesOf = (value: unknown): number => new TextEncoder().encode(JSON.stringify(value)).length

/** The real store behind the platform's own limit, which the local one does not have. */
function limitedStore(store: ProfileStore): { store: ProfileStore; commits: Commit[] } {
  const commits: Commit[] = []
  return {
    commits,
    store: {
      load: (identifiers) => store.load(identifiers),
      commit: (commit) => {
        // Documents stand in a JSON text within a JSON text.
        const documents = commit.profiles.map(({ profile }) => JSON.stringify(profile))
        const largest = Math.max(bytesOf(documents), bytesOf(commit.records))
        if (largest > D1_VALUE_BYTES) {
          throw new StoreError(`string or blob too big: ${largest} bytes`)
        }
        commits.push(commit)
        return store.commit(commit)
      },
    },
  }
}

describe('a commit that D1 would refuse', () => {
  it('is cut in pieces, and nothing is lost', async () => {
    const deps = requestDeps(env, createExecutionContext())
    const release = await deps.releases.current()
    const source = release?.sourceByWriteKey.get('wk_open')
    if (release == null || source === undefined) throw new Error('nothing is published')
    // A kiosk: one device, and 200 people who each bring 14 KB.
    const messages = Array.from({ length: 200 }, (_, i) => ({
      type: 'track',
      event: 'Brought much',
      messageId: `much-${i}`,
      anonymousId: 'kiosk',
      userId: `kiosk-user-${i}`,
      properties: { text: 'あ'.repeat(4700) },
    }))
    const { store, commits } = limitedStore(deps.store)
    const result = await collect(
      { ...deps, store },
      {
        release,
        source,
        trusted: true,
        messages,
        sentAt: null,
        receivedAtMs: Date.now(),
        bytes: bytesOf(messages),
      },
    )
    expect(result).toMatchObject({ ok: true, value: { accepted: 200 } })
    expect(commits.length).toBeGreaterThan(2)
    for (const { profiles } of commits) expect(profiles.length).toBeLessThanOrEqual(50)
    const logged = (await records()).filter(({ messageId }) => messageId.startsWith('much-'))
    expect(new Set(logged.map(({ messageId }) => messageId)).size).toBe(200)
    expect(logged).toHaveLength(200)
    const { body } = await withKey(SECRET_KEY, '/v1/profiles/user_id/kiosk-user-7')
    expect(body.events).toHaveLength(1)
  })
})

describe('the release an isolate holds', () => {
  const active = async (epoch: number): Promise<ActiveRelease> => ({
    epoch,
    release: epoch,
    stopped: false,
    configuration: v.parse(schema, await configuration()),
    slots: [],
  })

  /** A configuration store that only tells which release is active, when it likes. */
  function held(answer: (known: number | null) => Promise<ActiveRelease | 'unchanged' | null>) {
    const cell = emptyCell()
    const clock = { nowMs: 1_000_000 }
    let reads = 0
    const background: Promise<unknown>[] = []
    const never = (): never => {
      throw new Error('not asked for here')
    }
    const store: ConfigurationStore = {
      active: async (known) => {
        reads++
        const release = await answer(known)
        return release === null ? null : { release, model: null }
      },
      readDraft: never,
      writeDraft: never,
      publish: never,
      activate: never,
      setStopped: never,
      releases: never,
      readRelease: never,
      activation: never,
      status: never,
    }
    const { timer } = requestDeps(env, createExecutionContext())
    const releases = heldReleases(cell, {
      store,
      nowMs: () => clock.nowMs,
      timer,
      background: (work) => background.push(work),
    })
    return { releases, clock, reads: () => reads, settle: () => Promise.all(background) }
  }

  it('is read once, refreshed behind the answer after 5 s, and before it after 30 s', async () => {
    let epoch = 1
    const { releases, clock, reads, settle } = held(async () => active(epoch))
    await releases.current()
    clock.nowMs += 4_000
    expect((await releases.current())?.epoch).toBe(1)
    expect(reads()).toBe(1)
    epoch = 2
    clock.nowMs += 2_000
    expect((await releases.current())?.epoch).toBe(1)
    await settle()
    expect((await releases.current())?.epoch).toBe(2)
    expect(reads()).toBe(2)
    epoch = 3
    clock.nowMs += 31_000
    expect((await releases.current())?.epoch).toBe(3)
  })

  it('is kept where the store hangs: no page waits for it', async () => {
    let hangs = false
    const hanging = new Promise<never>(() => undefined)
    const { releases, clock, reads } = held(() => (hangs ? hanging : active(1)))
    await releases.current()
    hangs = true
    clock.nowMs += 60_000
    expect((await releases.current())?.epoch).toBe(1)
    // Somebody waits for it already: nobody else does.
    expect((await releases.current())?.epoch).toBe(1)
    expect(reads()).toBe(2)
  })

  it('is kept where the store fails, which is then left alone for a while', async () => {
    let fails = false
    const { releases, clock, reads } = held(() =>
      fails ? Promise.reject(new StoreError('down')) : active(1),
    )
    await releases.current()
    fails = true
    clock.nowMs += 60_000
    for (let i = 0; i < 5; i++) expect((await releases.current())?.epoch).toBe(1)
    expect(reads()).toBe(2)
    fails = false
    clock.nowMs += 3_000
    await releases.current()
    expect(reads()).toBe(3)
  })
})

/** A site whose people can be spoiled, lost and rebuilt, on either store. */
import { env } from 'cloudflare:workers'
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { expect } from 'vitest'
import type { ReplayAnswer } from '../../worker/contract/replay.ts'
import { identifierKey } from '../../worker/core/identity/identifier.ts'
import type { LoadedProfile } from '../../worker/core/ingest/delivery.ts'
import type { Profile } from '../../worker/core/profile/profile.ts'
import { requestDeps, type Deps } from '../../worker/deps.ts'
import type { Env } from '../../worker/env.ts'
import { ticketSeal } from '../../worker/http/preview-seal.ts'
import worker from '../../worker/index.ts'
import { ADMIN_TOKEN, configuration, ORIGIN, SECRET_KEY, WRITE_KEY, type Answer } from './site.ts'

export const AGGREGATES = [
  {
    key: 'views',
    name: 'Views',
    event: 'Product Viewed',
    compute: 'count',
    last: '90d',
  },
  {
    key: 'spent',
    name: 'Spent',
    event: 'Order Completed',
    compute: 'sum',
    property: 'revenue',
  },
]

/** Written to the store past the worker, as an accident would. */
export interface Spoil {
  readonly variables: Readonly<Record<string, string>>
  /** All profiles and identifiers are gone. */
  empty(): Promise<void>
  /** Nothing waits for the warehouse. */
  emptyOutbox(): Promise<void>
  dropProfile(id: string): Promise<void>
  putProfile(id: string, profile: Profile): Promise<void>
  addProfile(id: string, profile: Profile): Promise<void>
  /** null: nobody's. */
  setOwner(type: string, value: string, owner: string | null): Promise<void>
}

export interface People {
  /** profileId → content; a tombstone is the id that it leads to. */
  readonly people: Readonly<Record<string, unknown>>
  readonly owners: Readonly<Record<string, string>>
}

export function replaySite(spoil: Spoil) {
  const onStore = { ...(env as unknown as Env), ...spoil.variables } as Env
  const deps = (): Deps => requestDeps(onStore, createExecutionContext())

  const call = async (
    method: string,
    path: string,
    body?: unknown,
    key = ADMIN_TOKEN,
    more: Readonly<Record<string, string>> = {},
  ) => {
    const ctx = createExecutionContext()
    const request = new Request(`https://tsugi.example${path}`, {
      method,
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      headers: { 'content-type': 'application/json', authorization: `Bearer ${key}`, ...more },
    })
    const response = await worker.fetch(request, onStore, ctx)
    const text = await response.text()
    await waitOnExecutionContext(ctx)
    return {
      status: response.status,
      headers: response.headers,
      body: JSON.parse(text),
    } satisfies Answer
  }

  const publish = async (over: object = {}): Promise<void> => {
    const config = { ...(await configuration()), aggregates: AGGREGATES, ...over }
    const put = await call('PUT', '/admin/v1/configuration', config)
    expect(put.status, JSON.stringify(put.body)).toBe(200)
    expect((await call('POST', '/admin/v1/releases', {})).status).toBe(201)
  }

  const send = async (...batch: object[]): Promise<void> => {
    const { status, body } = await call('POST', '/v1/batch', { batch }, SECRET_KEY)
    expect([status, body.rejected]).toEqual([200, []])
  }

  /** From a browser that looks at a preview. */
  const sendPreviewing = async (...batch: object[]): Promise<void> => {
    const forced = { actions: {}, arms: {}, segments: ['pro'], atMs: null }
    const ticket = { id: 'look', source: 'site', untilMs: Date.now() + 3_600_000, forced }
    const cookie = `tsugi_preview=${ticketSeal(onStore.SIGNING_KEY, 'cookie').seal(ticket)}`
    const page = { origin: ORIGIN, cookie }
    const { status, body } = await call('POST', '/v1/batch', { batch }, WRITE_KEY, page)
    expect([status, body.rejected]).toEqual([200, []])
  }

  const drain = async (): Promise<void> => {
    const ctx = createExecutionContext()
    await worker.scheduled({ scheduledTime: Date.now() } as ScheduledController, onStore, ctx)
    await waitOnExecutionContext(ctx)
  }

  const step = (): Promise<Answer> => call('POST', '/admin/v1/replay/step', {})

  /** From the first step to the last. */
  const run = async (wish: object = {}): Promise<ReplayAnswer> => {
    const begun = await call('POST', '/admin/v1/replay', wish)
    expect([200, 201], JSON.stringify(begun.body)).toContain(begun.status)
    for (let steps = 0; steps < 100; steps++) {
      const { status, body } = await step()
      expect(status, JSON.stringify(body)).toBe(200)
      if (body.state !== 'running') return body
    }
    throw new Error('a replay that does not end')
  }

  const scan = async (): Promise<LoadedProfile[]> => {
    const all: LoadedProfile[] = []
    for (let after: string | null = null; ;) {
      const { profiles, next } = await deps().profileScan.scan(after, 200)
      all.push(...profiles)
      if (next === null) return all
      after = next
    }
  }

  /** Everybody as they stand, all that is content. */
  const snapshot = async (): Promise<People> => {
    const all = await scan()
    const { raw } = deps().replay()
    const identifiers = all.flatMap(({ profile }) => profile.identifiers)
    const { owners } = await raw.read([], identifiers)
    const people = all
      .map(({ profile, mergedInto }): [string, unknown] => {
        const { epoch: _epoch, dropped: _dropped, identifiers, membership, ...content } = profile
        const keyed = Object.fromEntries(identifiers.map((i) => [identifierKey(i), i]))
        const isIn = membership?.in ?? ''
        return [profile.id, mergedInto ?? { ...content, identifiers: keyed, isIn }]
      })
      .sort(([a], [b]) => (a < b ? -1 : 1))
    return {
      people: Object.fromEntries(people),
      owners: Object.fromEntries([...owners].sort(([a], [b]) => (a < b ? -1 : 1))),
    }
  }

  const ownerOf = async (type: string, value: string): Promise<string> => {
    const key = { type, value }
    const { owners } = await deps().replay().raw.read([], [key])
    return owners.get(identifierKey(key)) as string
  }

  const profileOf = async (id: string): Promise<Profile> => {
    const { profiles } = await deps().replay().raw.read([id], [])
    return profiles.get(id)?.profile as Profile
  }

  const outboxRows = async (): Promise<number> => (await deps().outbox.ends()).rows

  /** As at the very beginning. */
  const reset = async (): Promise<void> => {
    await spoil.empty()
    await spoil.emptyOutbox()
    for (let cursor: string | undefined; ;) {
      const page = await env.BUCKET.list(cursor === undefined ? {} : { cursor })
      await env.BUCKET.delete(page.objects.map(({ key }) => key))
      if (!page.truncated) break
      cursor = page.cursor
    }
    const tables = ['manifest', 'lease', 'replay', 'replay_profile']
    await env.DB.batch(tables.map((table) => env.DB.prepare(`DELETE FROM ${table}`)))
  }

  return {
    ...{
      call,
      publish,
      send,
      sendPreviewing,
      drain,
      step,
      run,
      scan,
      snapshot,
      ownerOf,
      profileOf,
      outboxRows,
    },
    ...{ reset, spoil, ports: () => deps().replay() },
  }
}

export type ReplaySite = ReturnType<typeof replaySite>

/** What people do in a shop: devices that join, merge and make room, traits, orders, consents, repeats. */
export function history(people: number, prefix = 'h'): object[] {
  const nowMs = Date.now()
  const messages: object[] = []
  const at = (minutes: number): string => new Date(nowMs - minutes * 60_000).toISOString()
  let n = 0
  const say = (message: object, minutes: number): void => {
    messages.push({ messageId: `${prefix}-${++n}`, timestamp: at(minutes), ...message })
  }
  for (let p = 0; p < people; p++) {
    const userId = `${prefix}-user-${p}`
    const device = (d: number): string => `${prefix}-device-${p}-${d}`
    for (let d = 0; d < 3; d++) {
      const who = { anonymousId: device(d) }
      const category = d === 0 ? 'knitwear' : 'linen'
      const properties = { category, price: p * 10 + d }
      say({ type: 'track', event: 'Product Viewed', ...who, properties }, 500 - d)
    }
    // Two devices turn out to be one person's; the third stays alone with some.
    say({ type: 'identify', userId, anonymousId: device(0), traits: { plan: 'free', p } }, 400)
    say({ type: 'identify', userId, anonymousId: device(1), traits: { plan: 'pro' } }, 300)
    if (p % 3 === 0) say({ type: 'identify', userId, anonymousId: device(2) }, 250)
    const order = { order_id: `o-${p}`, revenue: 100 + p }
    say({ type: 'track', event: 'Order Completed', userId, properties: order }, 200)
    if (p % 4 === 0) {
      const consent = { email: p % 8 === 0 }
      say({ type: 'track', event: '$consent', userId, properties: consent }, 100)
    }
    if (p % 5 === 0) {
      for (let d = 3; d < 8; d++) say({ type: 'page', userId, anonymousId: device(d) }, 90 - d)
    }
  }
  return messages
}

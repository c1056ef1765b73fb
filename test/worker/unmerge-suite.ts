/** Undoing a merge through the whole worker, whichever store holds the people. */
import { env } from 'cloudflare:workers'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { EventRecord } from '../../worker/core/record.ts'
import { unmerge } from '../../worker/flow/unmerge.ts'
import type { Reading } from '../../worker/flow/undo-history.ts'
import type { ReplaySite } from './replay-site.ts'
import { SECRET_KEY, WRITE_KEY } from './site.ts'

/** All that there are, and some. */
const isWhole = ({ done, total }: { done: number; total: number }): boolean =>
  done > 0 && done === total

const PATH = '/admin/v1/profiles/unmerge'

export function unmergeSuite(name: string, site: ReplaySite): void {
  let n = 0
  const say = (event: string, who: object, over: object = {}) =>
    site.send({ type: 'track', event, messageId: `u${++n}`, ...who, ...over })
  const undo = (body: object) => site.call('POST', PATH, body)

  /** A kiosk that somebody used before Ann logged in at it, and went on using. */
  const kiosk = async (drain = false) => {
    await say('Before', { anonymousId: 'kiosk' })
    await say('At home', { anonymousId: 'phone', userId: 'ann' })
    const ann = await site.ownerOf('user_id', 'ann')
    const traits = { email: 'ann@example.com' }
    await say('', { anonymousId: 'kiosk', userId: 'ann' }, { type: 'identify', traits })
    if (drain) await site.drain()
    await say('Ann again', { anonymousId: 'phone' })
    await say('Somebody', { anonymousId: 'kiosk' })
    const both = await site.ownerOf('user_id', 'ann')
    expect(both).not.toBe(ann)
    return { ann, both }
  }
  const eventsOf = async (id: string): Promise<string[]> =>
    (await site.profileOf(id)).recent.map(([, , event]) => event)
  const records = async (): Promise<EventRecord[]> => {
    const { body } = await site.call('GET', '/admin/v1/records?limit=200')
    return body.records
  }

  describe(`undoing a merge on ${name}`, () => {
    beforeAll(() => site.publish())
    beforeEach(() => site.reset())

    it.each([
      ['all of it in the outbox', false],
      ['the merge in a file', true],
    ])('%s', async (_name, drain) => {
      const { ann, both } = await kiosk(drain)
      const { status, body } = await undo({ absorbed: ann, survivor: both })
      expect([status, body]).toEqual([
        200,
        {
          done: true,
          // One for each shard of the outbox that had something.
          files: drain ? expect.toSatisfy(isWhole) : { done: 0, total: 0 },
          unmerge: expect.stringMatching(/^\$unmerge:/),
          stays: {
            profileId: both,
            identifiers: [{ type: 'anonymous_id', value: 'kiosk' }],
          },
          leaves: {
            profileId: ann,
            identifiers: expect.arrayContaining([
              { type: 'user_id', value: 'ann' },
              { type: 'anonymous_id', value: 'phone' },
              { type: 'email', value: 'ann@example.com' },
            ]),
          },
          records: 3,
          moved: 2,
        },
      ])
      expect(await eventsOf(ann)).toEqual(['At home', '$identify', 'Ann again'])
      expect(await eventsOf(both)).toEqual(['Before', 'Somebody'])
      expect(await site.ownerOf('email', 'ann@example.com')).toBe(ann)

      // Never again, by an event of both or by an alias.
      await say('Both', { anonymousId: 'kiosk', userId: 'ann' })
      await say('', { userId: 'ann' }, { type: 'alias', previousId: 'kiosk' })
      expect(await site.ownerOf('anonymous_id', 'kiosk')).toBe(both)
      expect(await eventsOf(ann)).toContain('Both')

      // What the log says is what the store has.
      await site.drain()
      expect(await site.run()).toMatchObject({ different: { people: 0 }, unlogged: { people: 0 } })
    })

    it('by the record of the merge, found while it is in the outbox', async () => {
      const { ann, both } = await kiosk()
      const merge = (await records()).find(({ type }) => type === '$merge')
      expect(merge?.messageId).toMatch(new RegExp(`^\\$merge:${ann}:${both}:u\\d+$`))
      const { body } = await undo({ merge: merge?.messageId })
      expect(body).toMatchObject({ done: true, leaves: { profileId: ann } })
      const again = await undo({ merge: merge?.messageId })
      expect([again.status, again.body.code]).toEqual([409, 'not_merged'])
    })

    it('in many calls, each of a bounded piece of the log', async () => {
      const { ann } = await kiosk(true)
      for (let i = 0; i < 3; i++) {
        await say(`Later ${i}`, { anonymousId: i % 2 === 0 ? 'phone' : 'kiosk' })
        await site.drain()
      }
      const limits = { budgetMs: 60_000, rows: 2, records: 100, characters: 100_000 }
      const wanted = { absorbed: ann, survivor: null, merge: null }
      let reading: Reading | null = null
      for (let calls = 1; ; calls++) {
        const step = await unmerge(site.ports(), wanted, reading, limits)
        if (!step.ok) throw new Error(JSON.stringify(step.error))
        if (step.value.done) {
          expect(calls).toBeGreaterThan(3)
          expect(step.value.records).toBe(6)
          break
        }
        // As it leaves the worker and comes back.
        reading = JSON.parse(JSON.stringify(step.value.reading))
      }
      expect(await eventsOf(ann)).toEqual([
        'At home',
        '$identify',
        'Ann again',
        'Later 0',
        'Later 2',
      ])
    })

    it('somebody who writes meanwhile is in it: the commit is worked out again', async () => {
      const { ann, both } = await kiosk()
      const ports = site.ports()
      let meanwhile = 2
      const store = {
        commit: async (commit: Parameters<typeof ports.store.commit>[0]) => {
          if (meanwhile-- > 0) await say(`Meanwhile ${meanwhile}`, { anonymousId: 'phone' })
          return ports.store.commit(commit)
        },
      }
      const wanted = { absorbed: ann, survivor: both, merge: null }
      const result = await unmerge({ ...ports, store }, wanted, null)
      expect(result).toMatchObject({ ok: true, value: { done: true, records: 5 } })
      expect(await eventsOf(ann)).toEqual([
        'At home',
        '$identify',
        'Ann again',
        'Meanwhile 1',
        'Meanwhile 0',
      ])
    })

    it('two merges of one person, in either order', async () => {
      for (const first of [0, 1]) {
        await site.reset()
        const at = (device: number) => ({ anonymousId: `kiosk-${device}` })
        await say('K0', at(0))
        await say('K1', at(1))
        await say('Ann', { userId: 'ann' })
        const ann = await site.ownerOf('user_id', 'ann')
        await say('Ann at 0', { ...at(0), userId: 'ann' })
        const k1 = await site.ownerOf('anonymous_id', 'kiosk-1')
        await say('Ann at 1', { ...at(1), userId: 'ann' })
        await site.drain()
        const order = first === 0 ? [ann, k1] : [k1, ann]
        for (const absorbed of order) {
          const { status, body } = await undo({ absorbed })
          expect([status, body.done], JSON.stringify(body)).toEqual([200, true])
        }
        const people = ['user_id:ann', 'anonymous_id:kiosk-0', 'anonymous_id:kiosk-1']
        const events = []
        for (const key of people) {
          const [type = '', value = ''] = key.split(':')
          events.push(await eventsOf(await site.ownerOf(type, value)))
        }
        expect(events).toEqual([['Ann', 'Ann at 0', 'Ann at 1'], ['K0'], ['K1']])
        await site.drain()
        expect(await site.run()).toMatchObject({ different: { people: 0 } })
      }
    })

    it('what is out of reach is told, and nothing is guessed at', async () => {
      const { ann } = await kiosk(true)
      await site.drain()
      await say('In the outbox', { anonymousId: 'phone' })
      const before = await site.snapshot()

      // One entry of the outbox is gone: the profile remembers that there was more.
      await site.spoil.emptyOutbox()
      const missing = await undo({ absorbed: ann })
      expect([missing.status, missing.body.code]).toEqual([409, 'out_of_reach'])
      expect(missing.body.detail).toBe(
        '1 of their messages are neither in a file nor in the outbox',
      )

      const { objects } = await env.BUCKET.list()
      await env.BUCKET.delete(objects.map(({ key }) => key))
      const gone = await undo({ absorbed: ann })
      expect([gone.status, gone.body.code]).toEqual([409, 'out_of_reach'])
      expect(gone.body.detail).toContain('is not in the bucket')

      await env.DB.prepare('DELETE FROM manifest').run()
      const nowhere = await undo({ absorbed: ann })
      expect([nowhere.status, nowhere.body.code]).toEqual([409, 'out_of_reach'])
      expect(await site.snapshot()).toEqual(before)
    })

    it('refuses whom nobody merged, a survivor who is not, and whoever has no admin token', async () => {
      const { ann, both } = await kiosk()
      const before = await site.snapshot()
      const refused = async (body: unknown, key?: string) => {
        const answer = await site.call('POST', PATH, body, key)
        return [answer.status, answer.body.code]
      }
      expect(await refused({ absorbed: 'nobody' })).toEqual([404, 'not_found'])
      expect(await refused({ absorbed: both })).toEqual([409, 'not_merged'])
      expect(await refused({ absorbed: ann, survivor: 'else' })).toEqual([409, 'not_merged'])
      expect(await refused({ merge: `$merge:${ann}:${both}:other` })).toEqual([409, 'not_merged'])
      for (const body of [
        {},
        [],
        'x',
        { absorbed: '' },
        { absorbed: ann, merge: `$merge:${ann}:${both}:u1` },
        { merge: 'u1' },
        { merge: '$merge:' },
        { absorbed: ann, records: [] },
        { absorbed: { $ne: null } },
      ]) {
        const answer = await site.call('POST', PATH, JSON.stringify(body))
        expect([JSON.stringify(body), answer.status]).toEqual([JSON.stringify(body), 400])
      }
      expect(await refused('{')).toEqual([400, 'invalid_json'])
      for (const key of [WRITE_KEY, SECRET_KEY, 'wrong']) {
        expect(await refused({ absorbed: ann }, key)).toEqual([401, 'unauthorized'])
      }
      expect(await site.snapshot()).toEqual(before)
    })

    it('takes only what it gave out as `next`, and for the same person', async () => {
      const { ann, both } = await kiosk()
      const forged = [
        'x',
        btoa(JSON.stringify({ absorbed: ann, records: [] })),
        JSON.stringify({ absorbed: ann }),
      ]
      for (const next of forged) {
        const { status, body } = await undo({ absorbed: ann, next })
        expect([status, body.code, body.field]).toEqual([400, 'invalid_body', 'next'])
      }
      expect((await undo({ absorbed: ann, survivor: both })).status).toBe(200)
    })

    it('tells segments who left them, from where both stand now', async () => {
      const when = { event: 'At home', count: { gte: 1 } }
      await site.publish({ segments: [{ key: 'home', name: 'Home', when }], policies: [] })
      const { ann, both } = await kiosk()
      await undo({ absorbed: ann })
      const moves = (await records())
        .filter(({ type }) => type === '$segment')
        .map(({ profileId, properties }) => [
          profileId,
          properties?.['change'],
          properties?.['why'],
        ])
      expect(moves).toContainEqual([both, 'exited', 'unmerge'])
      expect(moves.filter(([id]) => id === ann)).toEqual([[ann, 'entered', 'event']])
    })
  })
}

/** What replay promises, whichever store holds the people. */
import { env } from 'cloudflare:workers'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { AGGREGATES, history, type ReplaySite } from './replay-site.ts'
import { SECRET_KEY } from './site.ts'

export function replaySuite(name: string, site: ReplaySite): void {
  const sendAll = async (messages: readonly object[]): Promise<void> => {
    for (let at = 0; at < messages.length; at += 20) await site.send(...messages.slice(at, at + 20))
  }

  describe(`replay on ${name}`, { timeout: 120_000 }, () => {
    beforeAll(() => site.publish())
    beforeEach(() => site.reset())

    it('of a store that is as the log says finds no difference, in the outbox or in files', async () => {
      await sendAll(history(12))
      const drained = { different: { people: 0, sections: {}, first: [] }, written: 0 }
      // Nothing is in a file yet.
      expect(await site.run()).toMatchObject({ ...drained, rows: { done: 0, total: 0 } })
      await site.drain()
      await sendAll(history(5, 'more'))
      const people = Object.keys((await site.snapshot()).people).length
      const result = await site.run()
      expect(result).toMatchObject({ ...drained, state: 'done', phase: 'tidy', unreadable: 0 })
      expect(result.people).toEqual({ done: people, total: people })
      expect(result.rows.done).toBe(result.rows.total)
      expect(result.unlogged).toEqual({ people: 0, first: [] })
      await site.drain()
      expect(await site.run({ apply: true })).toMatchObject({ ...drained, apply: true })
      expect(await env.DB.prepare('SELECT count(*) AS n FROM replay_profile').first('n')).toBe(0)
    })

    it('leaves out what was done in a preview, as it was left out then', async () => {
      await sendAll(history(2))
      const who = { anonymousId: 'h-device-1-0' }
      await site.sendPreviewing(
        { type: 'track', event: 'Product Viewed', ...who, properties: { price: 1 } },
        { type: 'page', anonymousId: 'never-but-in-a-preview' },
      )
      await site.drain()
      const before = await site.snapshot()
      expect(before.owners['anonymous_id:never-but-in-a-preview']).toBeUndefined()
      expect(await site.run({ apply: true })).toMatchObject({ different: { people: 0 } })
      expect(await site.snapshot()).toEqual(before)
    })

    it('of an emptied store restores everybody, tombstones and identifiers too', async () => {
      await sendAll(history(12))
      await site.drain()
      await sendAll(history(3, 'unfiled'))
      const before = await site.snapshot()
      const everybody = Object.keys(before.people).length
      const waiting = await site.outboxRows()
      expect(waiting).toBeGreaterThan(0)
      await site.spoil.empty()

      const audit = await site.run()
      expect(audit.people).toEqual({ done: everybody, total: everybody })
      expect(audit.different).toMatchObject({ people: everybody, sections: { missing: everybody } })
      expect(audit.different.first).toHaveLength(10)
      expect((await site.snapshot()).people).toEqual({})

      const result = await site.run({ apply: true })
      expect(result).toMatchObject({ written: everybody, different: { people: everybody } })
      expect(await site.snapshot()).toEqual(before)
      // What happened is in the log already; what they are in is looked at again, and is the same.
      expect(await site.outboxRows()).toBe(waiting)
      await site.drain()
      expect(await site.outboxRows()).toBe(0)
      expect(await site.snapshot()).toEqual(before)
      expect(await site.run()).toMatchObject({ different: { people: 0 }, unlogged: { people: 0 } })
    })

    it('tells who differs and where, and repairs that and nothing else', async () => {
      await sendAll(history(8))
      await site.drain()
      const before = await site.snapshot()
      const [tampered, lost, robbed, thief] = await Promise.all(
        [0, 1, 2, 3].map((p) => site.ownerOf('user_id', `h-user-${p}`)),
      )
      const profile = await site.profileOf(tampered!)
      await site.spoil.putProfile(tampered!, {
        ...profile,
        traits: {},
        greatestMs: profile.greatestMs + 1,
      })
      await site.spoil.dropProfile(lost!)
      // The index and the document of a thief say that a device is theirs.
      const stolen = { type: 'anonymous_id', value: 'h-device-2-0' }
      await site.spoil.setOwner(stolen.type, stolen.value, thief!)
      const holder = await site.profileOf(thief!)
      const taken = { ...stolen, firstSeenMs: 1, lastSeenMs: 2 }
      await site.spoil.putProfile(thief!, {
        ...holder,
        identifiers: [...holder.identifiers, taken],
      })
      await site.spoil.setOwner('user_id', 'h-user-4', null)
      const unowned = Object.keys(before.people).find(
        (id) => before.owners['user_id:h-user-4'] === id,
      )

      const audit = await site.run()
      expect(audit.different.people).toBe(5)
      const first = new Map(
        audit.different.first.map(({ profileId, sections }) => [profileId, sections.toSorted()]),
      )
      expect(Object.fromEntries(first)).toEqual({
        [tampered!]: ['greatestMs', 'traits'],
        [lost!]: ['missing'],
        [robbed!]: ['index'],
        [thief!]: ['identifiers'],
        [unowned!]: ['index'],
      })
      expect(audit.different.sections).toEqual({
        greatestMs: 1,
        traits: 1,
        missing: 1,
        index: 2,
        identifiers: 1,
      })
      expect(audit.written).toBe(0)

      const repaired = await site.run({ apply: true })
      expect(repaired.different.people).toBeGreaterThanOrEqual(4)
      expect(repaired.written).toBe(5)
      expect(await site.snapshot()).toEqual(before)
      expect((await site.run()).different.people).toBe(0)
    })

    it('tells of people whom no record names, and leaves them', async () => {
      await sendAll(history(2))
      await site.drain()
      const id = await site.ownerOf('user_id', 'h-user-0')
      const profile = await site.profileOf(id)
      const ghost = '00000000-0000-7000-8000-000000000001'
      await site.spoil.addProfile(ghost, { ...profile, id: ghost, identifiers: [] })
      const result = await site.run({ apply: true })
      expect(result).toMatchObject({
        unlogged: { people: 1, first: [ghost] },
        different: { people: 0 },
      })
      expect((await site.profileOf(ghost)).id).toBe(ghost)
      await site.spoil.dropProfile(ghost)
    })

    it('gives a computed trait that was published later what happened before', async () => {
      await sendAll(history(4))
      await site.drain()
      const [views, spent] = AGGREGATES
      const more = { ...views, key: 'pages', name: 'Pages', event: '$page', last: undefined }
      const properties = { compute: 'max', property: 'price', key: 'top', name: 'Top' }
      await site.publish({ aggregates: [views, spent, more, { ...views, ...properties }] })
      // Recent events were kept without their price: nobody read it then.
      await site.send({ type: 'track', event: 'E', userId: 'h-user-1', messageId: 'after' })
      const audit = await site.run()
      expect(audit.different.people).toBeGreaterThan(0)
      expect(Object.keys(audit.different.sections).toSorted()).toEqual(['aggregates', 'recent'])
      await site.run({ apply: true })
      expect((await site.run()).different.people).toBe(0)
      const { body } = await site.call(
        'GET',
        '/v1/profiles/user_id/h-user-1/aggregates?verbose=true',
        undefined,
        SECRET_KEY,
      )
      expect(body.data.top).toMatchObject({ value: 11 })
      expect(body.data.top).not.toHaveProperty('partial')
      await site.publish()
    })

    it('asks only about people who were there in a span', async () => {
      await sendAll(history(6))
      await site.drain()
      const fromMs = Date.now() + 1
      await new Promise((resolve) => setTimeout(resolve, 5))
      await site.send({ type: 'track', event: 'E', userId: 'h-user-2', messageId: 'in-span' })
      await site.drain()
      for (const p of [2, 3]) {
        const id = await site.ownerOf('user_id', `h-user-${p}`)
        await site.spoil.putProfile(id, { ...(await site.profileOf(id)), traits: {} })
      }
      const result = await site.run({ apply: true, from: new Date(fromMs).toISOString() })
      expect(result).toMatchObject({
        people: { done: 1, total: 1 },
        different: { people: 1, sections: { traits: 1 } },
        unlogged: { people: 0 },
      })
      const traits = async (p: number) =>
        Object.keys((await site.profileOf(await site.ownerOf('user_id', `h-user-${p}`))).traits)
      expect(await traits(2)).toEqual(['plan', 'p'])
      expect(await traits(3)).toEqual([])
      const before = await site.run({ from: '2020-01-01T00:00:00Z', to: '2020-01-02T00:00:00Z' })
      expect(before.people).toEqual({ done: 0, total: 0 })
    })
  })
}

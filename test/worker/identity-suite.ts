/** Who is who, asked over HTTP, whichever store holds the people. */
import { beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import type { EventRecord } from '../../worker/core/record.ts'
import { replaySite, type Spoil } from './replay-site.ts'
import { call, OPEN_KEY, ORIGIN, SECRET_KEY, WRITE_KEY, type Answer } from './site.ts'

const OPEN_ORIGIN = 'https://open.example'

export function identitySuite(name: string, spoil: Spoil): void {
  // The test of the budget has its own; the machine may be slow.
  const variables = { ...spoil.variables, DECIDE_BUDGET_MS: '20000' }
  const site = replaySite({ ...spoil, variables })
  let serial = 0
  const unique = (what: string): string => `${what}-${++serial}`

  const server = (path: string, body?: object, method = body ? 'POST' : 'GET'): Promise<Answer> =>
    site.call(method, path, body, SECRET_KEY)
  /** As a page sends; what it holds as a cookie goes along. */
  const page = (path: string, body: object, cookie?: string, key = WRITE_KEY): Promise<Answer> =>
    call(
      path,
      {
        method: 'POST',
        body: JSON.stringify({ writeKey: key, ...body }),
        headers: {
          origin: key === OPEN_KEY ? OPEN_ORIGIN : ORIGIN,
          ...(cookie === undefined ? {} : { cookie }),
        },
      },
      variables,
    )
  const profile = (type: string, value: string): Promise<Answer> =>
    server(`/v1/profiles/${type}/${encodeURIComponent(value)}`)
  const idOf = async (type: string, value: string): Promise<string> =>
    (await profile(type, value)).body.profileId
  const say = (message: object) => server('/v1/batch', { batch: [message] })
  const alias = (userId: string, previousId: string) =>
    say({ type: 'alias', messageId: unique('alias'), userId, previousId })
  const hello = (userId: string, event = `by ${userId}`) =>
    say({ type: 'track', event, messageId: unique('hello'), userId })
  const records = async (): Promise<EventRecord[]> => {
    const all: EventRecord[] = []
    for (let after = 0; ;) {
      const { body } = await site.call('GET', `/admin/v1/records?after=${after}&limit=200`)
      all.push(...body.records)
      if (body.records.length === 0) return all
      after = body.next
    }
  }
  const headlineOf = ({ body }: Answer): string =>
    body.decisions.hero.items[0].content.headline as string
  /** An answer, and the trips to the store that its line in the log counts. */
  const logged = async (work: () => Promise<Answer>) => {
    const spy = vi.spyOn(console, 'log').mockImplementation(() => undefined)
    try {
      const answer = await work()
      const { trips } = JSON.parse(spy.mock.calls.at(-1)?.[0] as string) as { trips: number }
      return { answer, trips }
    } finally {
      spy.mockRestore()
    }
  }
  /** All that a browser is told, but what differs from one request to the next. */
  const told = ({ status, body }: Answer): unknown => {
    const { requestId: _, ...rest } = body
    const text = JSON.stringify(rest)
      .replaceAll(/"decisionId":"[^"]*"/g, '"decisionId":""')
      .replaceAll(/"steal-\d+"/g, '"steal"')
    return [status, text]
  }

  describe(`who is who, on ${name}`, () => {
    beforeAll(() =>
      site.publish({
        identity: {
          blocked: ['9999', 'shop@example.com'],
          limits: { card_no: { max: 1 }, seat: { max: 1, whenFull: 'make-room' } },
        },
      }),
    )

    it('a chain A → B → C, told from either end or the middle, is one person', async () => {
      for (const order of [
        [0, 1, 2],
        [2, 1, 0],
        [1, 0, 2],
      ]) {
        const users = Array.from({ length: 4 }, () => unique('chain'))
        for (const user of users) await hello(user)
        for (const i of order) await alias(users[i + 1] as string, users[i] as string)
        const ids = await Promise.all(users.map((user) => idOf('user_id', user)))
        expect(new Set(ids).size).toBe(1)
        const { body } = await profile('user_id', users[0] as string)
        const named = body.events.map(({ event }: { event: string }) => event)
        expect(named).toEqual(expect.arrayContaining(users.map((user) => `by ${user}`)))
        // What comes afterwards by the name of any of them is read by any other.
        await say({
          type: 'identify',
          messageId: unique('later'),
          userId: users[3],
          traits: { plan: 'pro' },
        })
        const asked = await server('/v1/decide', { userId: users[0], placements: ['hero'] })
        expect(headlineOf(asked)).toBe('For pros')
        expect(asked.body.profileId).toBe(ids[0])
      }
    })

    it('a cycle A → B → C → A merges twice and then changes nobody', async () => {
      const users = Array.from({ length: 3 }, () => unique('cycle')) as [string, string, string]
      const [a, b, c] = users
      for (const user of users) await hello(user)
      await alias(b, a)
      await alias(c, b)
      const before = await idOf('user_id', a)
      await alias(a, c)
      await alias(a, b)
      expect(await Promise.all(users.map((user) => idOf('user_id', user)))).toEqual(
        users.map(() => before),
      )
      const merges = (await records()).filter(
        ({ type, properties }) =>
          type === '$merge' && [properties?.['survivor']].flat().includes(before),
      )
      expect(merges).toHaveLength(2)
      const { body } = await profile('user_id', a)
      expect(
        body.events.filter(({ event }: { event: string }) => event === `by ${a}`),
      ).toHaveLength(1)
      expect(body.identifiers).toHaveLength(3)
    })

    it('a device and its cookie from before the merges lead to the survivor', async () => {
      const [device, home] = [unique('absorbed'), unique('home')]
      await hello(home)
      const visit = (anonymousId: string, how: 'kept' | 'fresh', cookie?: string) =>
        page(
          '/v1/decide',
          {
            anonymousId,
            device: how,
            placements: ['hero'],
            events: [{ type: 'track', event: 'E', messageId: unique('visit'), anonymousId }],
          },
          cookie,
        )
      const first = await visit(device, 'kept')
      const cookie = first.headers.get('set-cookie')?.split(';')[0] as string
      expect(cookie).toMatch(/^tsugi_device=/)
      await alias(home, device)
      const survivor = await idOf('user_id', home)
      expect(survivor).not.toBe(first.body.profileId)
      // One more merge, so that the way leads over two.
      const work = unique('work')
      await hello(work)
      await alias(home, work)
      expect((await visit(device, 'kept', cookie)).body.profileId).toBe(survivor)
      // Its storage is lost: only the cookie knows the device that was absorbed.
      const fresh = await visit(unique('fresh'), 'fresh', cookie)
      expect(fresh.body.profileId).toBe(survivor)
      expect(await idOf('user_id', work)).toBe(survivor)
    })

    it('a hint saves a device that was absorbed its trip; a stale or forged one changes nothing', async () => {
      const [device, home, victim] = [unique('absorbed'), unique('home'), unique('victim')]
      await hello(home)
      await say({
        type: 'identify',
        messageId: unique('m'),
        userId: victim,
        traits: { plan: 'pro' },
      })
      const first = await page('/v1/track', { anonymousId: device, event: 'E' })
      expect(first.status).toBe(200)
      const absorbed = await idOf('anonymous_id', device)
      await alias(home, device)
      const survivor = await idOf('user_id', home)
      expect(survivor).not.toBe(absorbed)
      const asked = async (hint?: unknown) => {
        const { answer, trips } = await logged(() =>
          page('/v1/decide', { anonymousId: device, hint, placements: ['hero'] }),
        )
        return { told: told(answer), profileId: answer.body.profileId, trips }
      }
      const away = name === 'D1' ? 1 : 2
      // A release that is older than some seconds is refreshed by whoever comes: a trip of its own.
      vi.useFakeTimers({ toFake: ['Date'] })
      onTestFinished(() => void vi.useRealTimers())
      await asked()
      const plain = await asked()
      expect(plain).toMatchObject({ profileId: survivor, trips: away })
      expect(await asked(survivor)).toEqual({ ...plain, trips: 1 })
      for (const hint of [
        absorbed,
        await idOf('user_id', victim),
        unique('nobody'),
        '',
        '*\r\n',
        null,
      ]) {
        expect(await asked(hint)).toEqual(plain)
      }
      // Events as well, and whose they are is not the hint's to say.
      const forged = await idOf('user_id', victim)
      const before = (await profile('user_id', victim)).body
      const batch = [
        { type: 'track', event: 'Hinted', messageId: unique('m'), anonymousId: device },
      ]
      expect((await page('/v1/batch', { batch, hint: forged })).status).toBe(200)
      expect((await profile('user_id', victim)).body).toEqual(before)
      const { body } = await profile('anonymous_id', device)
      expect(body.events[0]).toMatchObject({ event: 'Hinted' })
      for (const hint of [{}, 7, null, ['x'], '../p', 'x'.repeat(10_000)]) {
        const asked = { anonymousId: device, hint, placements: ['hero'] }
        expect((await page('/v1/decide', asked)).body.profileId).toBe(body.profileId)
      }
    })

    it('a message of a device that made room comes again and counts once, whoever has the device', async () => {
      const [user, device] = [unique('crowded'), unique('kiosk')]
      const lost = { anonymousId: device, messageId: unique('lost'), event: 'Answer lost' }
      expect((await page('/v1/track', lost)).status).toBe(200)
      for (let i = 0; i < 6; i++) {
        const anonymousId = i === 0 ? device : unique('device')
        await say({ type: 'identify', messageId: unique('login'), userId: user, anonymousId })
      }
      expect((await profile('anonymous_id', device)).status).toBe(404)
      const again = await page('/v1/track', lost)
      expect([again.status, (await profile('anonymous_id', device)).status]).toEqual([200, 404])
      // It has the device again, as somebody else; and the one who counted it is merged away.
      expect(
        (await page('/v1/track', { ...lost, messageId: unique('new'), event: 'New' })).status,
      ).toBe(200)
      const home = unique('home')
      await say({
        type: 'track',
        event: 'E',
        messageId: unique('m'),
        userId: home,
        timestamp: '2026-01-01',
      })
      await alias(home, user)
      expect((await page('/v1/track', lost)).status).toBe(200)
      const eventsOf = async (type: string, value: string): Promise<string[]> =>
        (await profile(type, value)).body.events.map(({ event }: { event: string }) => event)
      expect(await eventsOf('anonymous_id', device)).toEqual(['New'])
      expect(
        (await eventsOf('user_id', user)).filter((event) => event === lost.event),
      ).toHaveLength(1)
      expect(
        (await records()).filter(({ messageId }) => messageId === lost.messageId),
      ).toHaveLength(1)
      // How that is known is nobody's identifier.
      expect((await profile('$anonymous_id', device)).status).toBe(404)
    })

    it('alias to oneself, however it is spelled, joins nobody and loses nothing', async () => {
      const user = unique('self')
      await hello(user)
      const before = await idOf('user_id', user)
      for (const previousId of [user, ` ${user}`])
        expect((await alias(user, previousId)).status).toBe(200)
      expect(await idOf('user_id', user)).toBe(before)
      const { body } = await profile('user_id', user)
      const users = body.identifiers.filter(({ type }: { type: string }) => type === 'user_id')
      expect(users).toHaveLength(1)
      expect(
        (await records()).filter(
          ({ type, profileId }) => type === '$merge' && profileId === before,
        ),
      ).toEqual([])
    })

    it('a guessed userId with the public key learns nothing and changes nothing', async () => {
      const victim = unique('victim')
      await say({
        type: 'identify',
        messageId: unique('m'),
        userId: victim,
        traits: { plan: 'pro', email: `${victim}@example.com` },
      })
      const before = (await profile('user_id', victim)).body
      const attempts = async (userId: string, email: string): Promise<Answer[]> => {
        const anonymousId = unique('thief')
        const about = { userId, anonymousId, messageId: unique('steal') }
        const all: (() => Promise<Answer>)[] = [
          () => page('/v1/identify', { ...about, traits: { plan: 'free', email } }),
          () =>
            page('/v1/track', { ...about, messageId: unique('steal'), event: 'Order Completed' }),
          () => page('/v1/alias', { userId: anonymousId, previousId: userId, anonymousId }),
          () => page('/v1/alias', { userId, previousId: anonymousId, anonymousId }),
          () =>
            page('/v1/identify', {
              anonymousId,
              messageId: unique('steal'),
              context: { externalIds: [{ type: 'email', id: email }] },
            }),
          () => page('/v1/decide', { userId, anonymousId, placements: ['hero'] }),
          () =>
            page('/v1/decide', {
              userId,
              anonymousId,
              placements: ['hero'],
              events: [{ ...about, type: 'identify', messageId: unique('steal') }],
            }),
          // Nothing but the guess.
          () => page('/v1/decide', { userId, placements: ['hero'] }),
          () => page('/v1/track', { userId, event: 'E', messageId: unique('steal') }),
          () =>
            call(
              `/v1/profiles/user_id/${userId}`,
              { headers: { authorization: `Bearer ${WRITE_KEY}` } },
              variables,
            ),
        ]
        // One after the other: of a crowd a decision may be degraded.
        const answers: Answer[] = []
        for (const attempt of all) answers.push(await attempt())
        return answers
      }
      const nobody = unique('nobody')
      const known = await attempts(victim, `${victim}@example.com`)
      const unknown = await attempts(nobody, `${nobody}@example.com`)
      expect((await profile('user_id', victim)).body).toEqual(before)
      expect((await profile('user_id', nobody)).status).toBe(404)
      expect(known.map(({ body }) => body.profileId)).not.toContain(before.profileId)
      // The same answer for somebody and for nobody: not even that they exist is learned.
      const withoutIds = (answers: readonly Answer[]) =>
        answers.map((answer) =>
          told({ ...answer, body: { ...answer.body, profileId: null, instance: null } }),
        )
      expect(withoutIds(known)).toEqual(withoutIds(unknown))
    })

    it('values that stand for nobody are refused where they are required, and join nobody elsewhere', async () => {
      const [one, two] = [unique('shared'), unique('shared')]
      const values = [
        'null',
        'undefined',
        'NaN',
        '000-000',
        '[object Object]',
        'Anonymous',
        ' none ',
      ]
      for (const value of values) {
        for (const who of [{ userId: value }, { userId: one, anonymousId: value }]) {
          const { status, body } = await server('/v1/track', { ...who, event: 'E' })
          expect([value, status, body.code]).toEqual([value, 400, 'invalid_identifier'])
        }
        expect([value, (await profile('user_id', value)).status]).toEqual([value, 404])
      }
      // As a trait it is a trait, and two people who have it stay two.
      for (const userId of [one, two]) {
        const { status } = await server('/v1/identify', {
          userId,
          traits: { email: 'null', phone: '000' },
        })
        expect(status).toBe(200)
      }
      expect(await idOf('user_id', one)).not.toBe(await idOf('user_id', two))
      const reserved = await server('/v1/track', { userId: one, event: 'E', messageId: '$merge:x' })
      expect([reserved.status, reserved.body.code]).toEqual([400, 'invalid_message'])
    })

    it('what the workspace blocks and limits holds from its publish on', async () => {
      const [one, two] = [unique('blocked'), unique('blocked')]
      for (const userId of [one, two]) {
        const traits = { email: 'SHOP@example.com', phone: '9999' }
        expect((await server('/v1/identify', { userId, traits })).status).toBe(200)
      }
      expect(await idOf('user_id', one)).not.toBe(await idOf('user_id', two))
      const refused = await server('/v1/track', { userId: '9999', event: 'E' })
      expect([refused.status, refused.body.code]).toEqual([400, 'invalid_identifier'])
      for (const n of [1, 2]) {
        const ids = ['card_no', 'seat'].map((type) => ({ type, id: `${one}-${type}-${n}` }))
        await say({
          type: 'track',
          event: 'E',
          messageId: unique('m'),
          userId: one,
          context: { externalIds: ids },
          timestamp: new Date(Date.now() - 60_000 + n).toISOString(),
        })
      }
      // The first card stays; the newer seat takes the place of the other.
      const found = await Promise.all(
        [1, 2].flatMap((n) =>
          ['card_no', 'seat'].map((type) => profile(type, `${one}-${type}-${n}`)),
        ),
      )
      expect(found.map(({ status }) => status)).toEqual([200, 404, 404, 200])
    })

    it('10,000 identifiers on one person end at sixteen, and the rest lead nowhere', async () => {
      const user = unique('crowd')
      for (let from = 0; from < 2500; from += 500) {
        const batch = Array.from({ length: 500 }, (_, i) => {
          const n = from + i
          return {
            type: 'identify',
            messageId: `${user}-${n}`,
            userId: user,
            anonymousId: `${user}-a${n}`,
            traits: { email: `${user}-${n}@example.com`, phone: `090${10_000_000 + n}` },
            context: { externalIds: [{ type: 'member_no', id: `${user}-m${n}` }] },
          }
        })
        const { status, body } = await server('/v1/batch', { batch })
        expect([status, body.rejected]).toEqual([200, []])
      }
      const { body } = await profile('user_id', user)
      expect(body.identifiers).toHaveLength(16)
      expect((await profile('email', `${user}-2499@example.com`)).status).toBe(404)
      const led = await Promise.all(
        [0, 1000, 2499].map((n) => profile('member_no', `${user}-m${n}`)),
      )
      expect(
        led
          .filter(({ status }) => status === 200)
          .every((a) => a.body.profileId === body.profileId),
      ).toBe(true)
    })

    it('traits that are too large are left out and counted; those that change type or are null are the newest word', async () => {
      const user = unique('traits')
      const at = (minute: number) => new Date(Date.UTC(2026, 9, 1, 0, minute)).toISOString()
      const set = (minute: number, traits: object) =>
        server('/v1/identify', {
          userId: user,
          messageId: unique('t'),
          timestamp: at(minute),
          traits,
        })
      await set(0, { age: 41, plan: 'pro', gone: 1, large: 'small' })
      await set(1, { age: '41', plan: ['pro', 'team'], gone: null, large: 'x'.repeat(5000) })
      await set(2, { age: { years: 41 } })
      // Late on the way, and older than what is known.
      await set(0, { age: false, gone: 2 })
      const { body } = await server(`/v1/profiles/user_id/${user}/traits`)
      expect(body.data).toEqual({
        age: { years: 41 },
        plan: ['pro', 'team'],
        large: 'small',
      })
      const whole = (await profile('user_id', user)).body
      expect(whole.dropped).toMatchObject({ oversizeTraits: 1 })
      // More than there is room for: the newest stay, whatever order they came in.
      for (let i = 0; i < 60; i += 20) {
        await set(10, Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`t${i + n}`, n])))
      }
      const many = await server(`/v1/profiles/user_id/${user}/traits?limit=100`)
      expect(Object.keys(many.body.data)).toHaveLength(40)
      const asked = await server('/v1/decide', { userId: user, placements: ['hero'] })
      expect(asked.status).toBe(200)
    })

    it('on an open source the page that names a user is theirs, and two users of one device stay two', async () => {
      const [ann, bob, kiosk] = [unique('ann'), unique('bob'), unique('kiosk')]
      for (const userId of [ann, bob]) {
        const sent = await page(
          '/v1/identify',
          { userId, anonymousId: kiosk, messageId: unique('m'), traits: {} },
          undefined,
          OPEN_KEY,
        )
        expect(sent.status).toBe(200)
      }
      expect(await idOf('user_id', ann)).not.toBe(await idOf('user_id', bob))
      expect(await idOf('anonymous_id', kiosk)).toBe(await idOf('user_id', ann))
    })

    it('what the log tells of all this is what the store has', async () => {
      await site.drain()
      expect(await site.run()).toMatchObject({ different: { people: 0 }, unlogged: { people: 0 } })
    })
  })
}

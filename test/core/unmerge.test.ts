/** Undoing a merge: who gets what, what holds afterwards, what is refused. */
import { describe, expect, it } from 'vitest'
import { markDelivery } from '../../worker/core/list/upload.ts'
import { MAX_APART } from '../../worker/core/profile/apart.ts'
import type { Profile } from '../../worker/core/profile/profile.ts'
import { delivery, NOW_MS, open, secret, world, type World } from './world.ts'

const events = (person: Profile | undefined) => person?.recent.map(([, , event]) => event)
const named = (person: Profile | undefined) =>
  person?.identifiers.map(({ type, value }) => `${type}:${value}`).sort()

let serial = 0
const say = (
  w: World,
  event: string,
  who: { anonymousId?: string; userId?: string },
  over: object = {},
) =>
  w.send(
    delivery(
      { messageId: `s${++serial}`, event, ...who, ...over },
      secret,
      NOW_MS + serial * 120_000,
    ),
  )

/** Ann's phone and a kiosk that she used: the kiosk was there first and survives. */
function kiosk() {
  const w = world()
  say(w, 'On the kiosk', { anonymousId: 'kiosk' })
  say(w, 'On the phone', { anonymousId: 'phone', userId: 'ann' })
  say(w, 'Log-in', { anonymousId: 'kiosk', userId: 'ann' })
  const [absorbed] = w.tombstones() as [string]
  return { w, absorbed }
}

describe('the two are two again', () => {
  it('each with what was theirs, and what came later by its strongest identifier', () => {
    const { w, absorbed } = kiosk()
    say(w, 'Later', { anonymousId: 'phone' })
    say(w, 'Somebody', { anonymousId: 'kiosk' })
    say(w, 'A tablet', { anonymousId: 'tablet', userId: 'ann' })
    say(w, 'The tablet again', { anonymousId: 'tablet' })
    expect(w.undo(absorbed)).toBeNull()
    const ann = w.owning('user_id:ann')
    expect(events(ann)).toEqual(['On the phone', 'Log-in', 'Later', 'A tablet', 'The tablet again'])
    expect(named(ann)).toEqual(['anonymous_id:phone', 'anonymous_id:tablet', 'user_id:ann'])
    expect(ann?.id).toBe(absorbed)
    const other = w.owning('anonymous_id:kiosk')
    expect(events(other)).toEqual(['On the kiosk', 'Somebody'])
    expect(named(other)).toEqual(['anonymous_id:kiosk'])
    expect(w.log.at(-1)).toMatchObject({ type: '$unmerge', profileId: other?.id })
  })

  it('traits and consents are those of each', () => {
    const { w, absorbed } = kiosk()
    say(w, '', { userId: 'ann' }, { type: 'identify', traits: { plan: 'pro' } })
    say(w, '$consent', { anonymousId: 'kiosk' }, { properties: { analytics: false } })
    w.undo(absorbed)
    expect(w.owning('user_id:ann')?.traits['plan']?.value).toBe('pro')
    expect(w.owning('anonymous_id:kiosk')?.traits).toEqual({})
    expect(Object.keys(w.owning('anonymous_id:kiosk')?.consents.denied ?? {})).toHaveLength(1)
    expect(w.owning('user_id:ann')?.consents.denied).toEqual({})
  })

  it('whatever list was marked on them since, and whatever was looked at in a preview', () => {
    const { w, absorbed } = kiosk()
    const upload = { id: 'up-1', list: 'vip', startedMs: NOW_MS }
    w.send(markDelivery(upload, { type: 'user_id', value: 'ann' }, true, NOW_MS + 1_000_000))
    const look = delivery({ messageId: 'look', event: 'A look', userId: 'ann' }, secret)
    w.send({ ...look, preview: true })
    expect(w.log.map(({ type, preview }) => (preview ? 'preview' : type))).toEqual(
      expect.arrayContaining(['$list', 'preview']),
    )
    expect(w.undo(absorbed)).toBeNull()
    expect(Object.keys(w.owning('user_id:ann')?.lists ?? {})).toEqual(['vip'])
    expect(w.owning('anonymous_id:kiosk')?.lists ?? {}).toEqual({})
    expect(events(w.owning('user_id:ann'))).not.toContain('A look')
  })

  it('a device that its cookie joined stays where the cookie led', () => {
    const { w, absorbed } = kiosk()
    const cookie = delivery({ messageId: 'c', event: 'By cookie', anonymousId: 'new' }, open)
    const usable = [...cookie.identifiers.usable, { type: 'anonymous_id', value: 'phone' }]
    w.send({ ...cookie, identifiers: { ...cookie.identifiers, usable } })
    w.undo(absorbed)
    expect(events(w.owning('user_id:ann'))).toContain('By cookie')
    expect(w.owning('anonymous_id:new')).toBe(w.owning('user_id:ann'))
  })

  it('also where the merge was logged before profiles had the form of today', () => {
    const { w, absorbed } = kiosk()
    const merge = w.log.find(({ type }) => type === '$merge')
    const documents = merge?.properties?.['documents'] as unknown as Record<string, unknown>[]
    for (const document of documents) {
      document['schema'] = 1
      document['exposures'] = { 'impression:action:a': [7, NOW_MS / 900_000, 7] }
      delete document['arms']
      delete document['reserved']
    }
    expect(w.undo(absorbed)).toBeNull()
    for (const who of ['user_id:ann', 'anonymous_id:kiosk']) {
      expect(w.owning(who)?.schema).toBe(3)
      expect(w.owning(who)?.exposures).toEqual(expect.any(String))
    }
  })

  it('somebody merged meanwhile goes along with the side that caused it', () => {
    const { w, absorbed } = kiosk()
    say(w, 'Laptop, unknown', { anonymousId: 'laptop' })
    say(w, 'Laptop, known', { anonymousId: 'laptop', userId: 'ann' })
    w.undo(absorbed)
    const ann = w.owning('user_id:ann')
    expect(events(ann)).toContain('Laptop, unknown')
    expect(named(ann)).toContain('anonymous_id:laptop')
    const laptop = w.tombstones().find((id) => id !== absorbed)
    expect(w.profiles.get(laptop ?? '')?.mergedInto).toBe(ann?.id)
  })

  it('in a chain A → B → C, the first merge as well as the last', () => {
    for (const first of [true, false]) {
      const w = world()
      say(w, 'C', { anonymousId: 'c' })
      say(w, 'B', { userId: 'b' })
      say(w, 'A', { anonymousId: 'a' })
      say(w, 'A is B', { anonymousId: 'a', userId: 'b' })
      say(w, 'B is C', { anonymousId: 'c', userId: 'b' })
      const [b, a] = w.tombstones().sort() as [string, string]
      expect([w.profiles.get(a)?.mergedInto, w.living()]).toMatchObject([b, [{}]])
      expect(w.undo(first ? a : b)).toBeNull()
      const apart = first ? w.owning('anonymous_id:a') : w.owning('anonymous_id:c')
      expect(events(apart)).toEqual([first ? 'A' : 'C'])
      expect(w.living()).toHaveLength(2)
      expect(w.undo(first ? b : a)).toBeNull()
      expect(new Set(w.living().map((person) => events(person)?.join()))).toEqual(
        new Set(['A', 'B,A is B,B is C', 'C']),
      )
    }
  })

  it('devices that had to make room come back, unless somebody has them by now', () => {
    const w = world()
    for (let i = 0; i < 5; i++) say(w, 'x', { anonymousId: `ann-${i}`, userId: 'ann' })
    for (let i = 0; i < 5; i++) say(w, 'x', { anonymousId: `ben-${i}`, userId: 'ben' })
    say(w, '', { userId: 'ann' }, { type: 'alias', previousId: 'ben' })
    expect(w.living()).toHaveLength(1)
    expect(w.owners.has('anonymous_id:ann-0')).toBe(false)
    say(w, 'Carl', { anonymousId: 'ann-1', userId: 'carl' })
    w.undo(w.tombstones()[0] as string)
    expect(named(w.owning('user_id:ben'))).toHaveLength(6)
    expect(named(w.owning('user_id:ann'))).toEqual(
      [
        'anonymous_id:ann-0',
        'anonymous_id:ann-2',
        'anonymous_id:ann-3',
        'anonymous_id:ann-4',
      ].concat('user_id:ann'),
    )
  })
})

describe('what holds afterwards', () => {
  it('a message of a device that nobody got back, and that comes again, counts once', () => {
    const w = world()
    say(w, 'x', { anonymousId: 'ann-0', userId: 'ann' })
    const atMs = NOW_MS + serial * 120_000 + 1
    const both = { anonymousId: 'ben-0', userId: 'ben' }
    w.send(delivery({ messageId: 'both', ...both }, secret, atMs))
    const alone = delivery({ messageId: 'alone', anonymousId: 'ben-0' }, secret, atMs)
    w.send(alone)
    for (let i = 1; i < 6; i++) say(w, 'x', { anonymousId: `ann-${i}`, userId: 'ann' })
    // Ann was first, and is whose profile lets it go.
    say(w, '', { userId: 'ann' }, { type: 'alias', previousId: 'ben' })
    expect(w.owners.has('anonymous_id:ben-0')).toBe(false)
    // Somebody else takes it meanwhile, so that it does not come back.
    say(w, 'Carl', { anonymousId: 'ben-0', userId: 'carl' })
    expect(w.undo(w.tombstones()[0] as string)).toBeNull()
    const before = [...w.profiles.values()]
    expect(w.send(alone).records).toEqual([])
    expect([...w.profiles.values()]).toEqual(before)
  })

  it('an event of both joins nobody: the weaker identifier is left out', () => {
    const { w, absorbed } = kiosk()
    w.undo(absorbed)
    say(w, 'Again', { anonymousId: 'kiosk', userId: 'ann' })
    expect(w.living()).toHaveLength(2)
    expect(events(w.owning('user_id:ann'))).toContain('Again')
    expect(named(w.owning('anonymous_id:kiosk'))).toEqual(['anonymous_id:kiosk'])
  })

  it('not through a third person either, nor by an alias', () => {
    const { w, absorbed } = kiosk()
    w.undo(absorbed)
    say(w, 'Third', { userId: 'third' })
    say(w, 'Third again', { anonymousId: 'kiosk', userId: 'third' })
    expect(w.owning('anonymous_id:kiosk')).toBe(w.owning('user_id:third'))
    say(w, '', { userId: 'ann' }, { type: 'alias', previousId: 'third' })
    say(w, 'All three', { anonymousId: 'kiosk', userId: 'ann' })
    expect(w.living()).toHaveLength(2)
    expect(w.owning('user_id:ann')).not.toBe(w.owning('user_id:third'))
  })

  it('nobody carries more marks than fit: who would is not joined, and a further undo is refused', () => {
    const w = world()
    say(w, 'hub', { userId: 'hub' })
    for (let i = 0; i < MAX_APART; i++) {
      say(w, 'x', { anonymousId: `d${i}` })
      say(w, 'x', { anonymousId: `d${i}`, userId: 'hub' })
      expect(w.undo(w.tombstones()[0] as string)).toBeNull()
    }
    expect(w.owning('user_id:hub')?.apart).toHaveLength(MAX_APART)
    say(w, 'x', { anonymousId: 'last' })
    say(w, 'x', { anonymousId: 'last', userId: 'hub' })
    expect(w.owning('anonymous_id:last')).toBe(w.owning('user_id:hub'))
    expect(w.undo(w.tombstones()[0] as string)).toBe('too_many_apart')
    // One of those who were told apart from the hub, and one who was from another.
    say(w, 'y', { userId: 'other' })
    say(w, 'y', { anonymousId: 'z' })
    say(w, 'y', { anonymousId: 'z', userId: 'other' })
    w.undo(w.tombstones().at(-1) as string)
    say(w, '', { userId: 'hub' }, { type: 'alias', previousId: 'other' })
    expect(w.owning('user_id:other')).not.toBe(w.owning('user_id:hub'))
  })
})

describe('what cannot be told is refused', () => {
  it('a record that is out of reach, and how many', () => {
    const { w, absorbed } = kiosk()
    say(w, 'Lost', { anonymousId: 'phone' })
    const before = structuredClone([...w.profiles])
    expect(w.undo(absorbed, ({ event }) => event !== 'Lost')).toBe('incomplete')
    expect([...w.profiles]).toEqual(before)
    expect(w.undo(absorbed)).toBeNull()
  })
})

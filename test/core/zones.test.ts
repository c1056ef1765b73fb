/** Local time against what Intl says of every quarter of an hour, and what the almanacs say. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { calendarOf, type Unit } from '../../worker/core/calendar/calendar.ts'
import { zoneNamed, type Zone } from '../../worker/core/calendar/zone.ts'
import { shown } from './plain-time.ts'

const QUARTER_MS = 900_000
const DAY_MS = 86_400_000

const ZONES = [
  'UTC',
  'Asia/Tokyo',
  'America/New_York',
  'America/Sao_Paulo',
  'America/St_Johns',
  'Asia/Beirut',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'Africa/Casablanca',
  'Pacific/Apia',
  'Pacific/Chatham',
  'Europe/Berlin',
  'Antarctica/Troll',
] as const

const named = (name: string): Zone => {
  const zone = zoneNamed(name)
  if (zone === null) throw new Error(name)
  return zone
}

/** The long way: as clocks show it. */
const plainly =
  (name: string) =>
  (atMs: number): number =>
    Date.parse(`${shown(atMs, name)}Z`) - atMs

describe('a zone', () => {
  it.each(ZONES)('%s: its offset is what Intl says, all through six years', (name) => {
    const [zone, plain] = [named(name), plainly(name)]
    // A step that no clock change repeats with.
    for (let at = Date.UTC(2011, 10); at < Date.UTC(2018, 0); at += 7 * QUARTER_MS) {
      if (zone.offsetMs(at) !== plain(at)) expect([at, zone.offsetMs(at)]).toEqual([at, plain(at)])
    }
  })

  const moment = fc.integer({ min: Date.UTC(2005, 0), max: Date.UTC(2027, 0) })
  it.each(ZONES)('%s: a local time is first reached at its moment', (name) => {
    const [zone, plain] = [named(name), plainly(name)]
    fc.assert(
      fc.property(moment, (local) => {
        const localMs = Math.floor(local / 60_000) * 60_000
        const at = zone.momentOf(localMs)
        expect(at + plain(at)).toBeGreaterThanOrEqual(localMs)
        for (const before of [1, 60_000, 1_800_000, 3_600_000, 7_200_000, 20 * 3_600_000]) {
          const earlier = Math.floor((at - before) / 1000) * 1000
          expect(earlier + plain(earlier)).toBeLessThan(localMs)
        }
      }),
      { numRuns: 150 },
    )
  })

  it('is the same by another spelling, and none by a name that is none', () => {
    expect(zoneNamed('asia/tokyo')?.name).toBe('Asia/Tokyo')
    expect(named('Etc/UTC').offsetMs(0)).toBe(0)
    for (const name of ['', 'Tokyo', 'Mars/Base', '__proto__', 'constructor', 'A'.repeat(1000)]) {
      expect(zoneNamed(name)).toBeNull()
    }
  })

  it('forgets zones and days rather than growing', () => {
    const zone = named('Europe/Paris')
    for (let day = 0; day < 5000; day++) zone.offsetMs(day * DAY_MS)
    expect(zone.offsetMs(Date.UTC(2026, 6, 1))).toBe(7_200_000)
    for (let i = 0; i < 3000; i++) zoneNamed(`No/Such_${i}`)
    expect(zoneNamed('Europe/Paris')?.offsetMs(Date.UTC(2026, 0, 1))).toBe(3_600_000)
  })
})

const days = (name: string, at: string, unit: Unit = 'day'): [string, string] => {
  const { fromMs, untilMs } = calendarOf(named(name), 'monday').at(unit, Date.parse(at))
  return [new Date(fromMs).toISOString(), new Date(untilMs).toISOString()]
}

describe('a day', () => {
  it.each([
    ['Asia/Tokyo', '2026-03-01T12:00Z', '2026-02-28T15:00:00.000Z', '2026-03-01T15:00:00.000Z'],
    // 23 and 25 hours.
    [
      'America/New_York',
      '2026-03-08T12:00Z',
      '2026-03-08T05:00:00.000Z',
      '2026-03-09T04:00:00.000Z',
    ],
    [
      'America/New_York',
      '2026-11-01T12:00Z',
      '2026-11-01T04:00:00.000Z',
      '2026-11-02T05:00:00.000Z',
    ],
    // No midnight: the day begins at one o'clock.
    [
      'America/Sao_Paulo',
      '2018-11-04T12:00Z',
      '2018-11-04T03:00:00.000Z',
      '2018-11-05T02:00:00.000Z',
    ],
    // Two midnights: at the first the clock goes back to eleven, and the old day goes on.
    [
      'America/Sao_Paulo',
      '2018-02-17T12:00Z',
      '2018-02-17T02:00:00.000Z',
      '2018-02-18T03:00:00.000Z',
    ],
    ['Asia/Beirut', '2026-03-29T12:00Z', '2026-03-28T22:00:00.000Z', '2026-03-29T21:00:00.000Z'],
    // Half an hour of summer time.
    [
      'Australia/Lord_Howe',
      '2026-04-05T00:00Z',
      '2026-04-04T13:00:00.000Z',
      '2026-04-05T13:30:00.000Z',
    ],
    // The 30th of December 2011 never came.
    ['Pacific/Apia', '2011-12-30T09:59Z', '2011-12-29T10:00:00.000Z', '2011-12-30T10:00:00.000Z'],
    ['Pacific/Apia', '2011-12-30T10:00Z', '2011-12-30T10:00:00.000Z', '2011-12-31T10:00:00.000Z'],
    // At one past midnight the clock went back to eleven: the day had begun.
    [
      'America/St_Johns',
      '2010-11-07T02:45Z',
      '2010-11-07T02:30:00.000Z',
      '2010-11-08T03:30:00.000Z',
    ],
  ])('%s at %s', (name, at, from, until) => {
    expect(days(name, at)).toEqual([from, until])
  })

  it('of any zone ends where the next begins, and holds the moments that are in it', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...ZONES),
        fc.constantFrom<Unit>('day', 'week', 'month', 'quarter', 'year'),
        fc.integer({ min: Date.UTC(2005, 0), max: Date.UTC(2027, 0) }),
        (name, unit, at) => {
          const calendar = calendarOf(named(name), 'monday')
          const period = calendar.at(unit, at)
          expect(period.fromMs).toBeLessThanOrEqual(at)
          expect(period.untilMs).toBeGreaterThan(at)
          expect(calendar.numbered(unit, period.number)).toEqual(period)
          const next = calendar.numbered(unit, period.number + 1)
          expect(next.fromMs).toBe(period.untilMs)
        },
      ),
      { numRuns: 500 },
    )
  })
})

describe('longer periods', () => {
  it.each<[Unit, string, string]>([
    ['week', '2026-02-23', '2026-03-02'],
    ['month', '2026-03-01', '2026-04-01'],
    ['quarter', '2026-01-01', '2026-04-01'],
    ['year', '2026-01-01', '2027-01-01'],
  ])('a %s', (unit, from, until) => {
    expect(days('UTC', '2026-03-01T12:00Z', unit)).toEqual([
      `${from}T00:00:00.000Z`,
      `${until}T00:00:00.000Z`,
    ])
  })

  it('weeks begin where the workspace says', () => {
    const at = Date.parse('2026-03-01T12:00Z')
    const start = (first: 'monday' | 'sunday' | 'saturday') =>
      new Date(calendarOf(named('UTC'), first).at('week', at).fromMs).toISOString().slice(0, 10)
    expect([start('monday'), start('sunday'), start('saturday')]).toEqual([
      '2026-02-23',
      '2026-03-01',
      '2026-02-28',
    ])
  })

  it('years before our time are years too', () => {
    const calendar = calendarOf(named('UTC'), 'monday')
    const { fromMs } = calendar.at('month', Date.parse('0045-07-04T00:00:00Z'))
    expect(new Date(fromMs).toISOString()).toBe('0045-07-01T00:00:00.000Z')
  })
})

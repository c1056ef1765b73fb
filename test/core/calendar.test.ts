/** Calendar units over zones whose clocks jump, against what their clocks show. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LONGEST_UNIT_MS, zoneBook, zoneOf, type Zone } from '../../worker/core/calendar.ts'

const ZONES = [
  'UTC',
  'Asia/Tokyo',
  'Asia/Kolkata',
  'Asia/Kathmandu',
  'Europe/Berlin',
  'America/New_York',
  // Half an hour of daylight saving; midnights that clocks skip; dates that clocks skip.
  'Australia/Lord_Howe',
  'America/Sao_Paulo',
  'Asia/Beirut',
  'Pacific/Apia',
]
const zones = new Map(ZONES.map((name) => [name, zoneOf(name) as Zone]))
const UNITS = ['hour', 'day', 'week', 'month'] as const

const moment = fc.integer({ min: Date.UTC(2010, 0, 1), max: Date.UTC(2035, 0, 1) })
const place = fc.constantFrom(...ZONES)

/** The clock's own words for the unit a moment is in. */
const shown = (zone: string, unit: (typeof UNITS)[number], ms: number): string => {
  const date = new Intl.DateTimeFormat('en-CA', { timeZone: zone, dateStyle: 'short' }).format(ms)
  if (unit === 'month') return date.slice(0, 7)
  if (unit === 'day') return date
  // The Monday of the week, by plain arithmetic on dates.
  const day = Date.parse(date) / 86_400_000
  return String(day - ((day + 3) % 7))
}

describe('units of a zone', () => {
  it('begin no later than the moment and end after it', () => {
    fc.assert(
      fc.property(place, fc.constantFrom(...UNITS), moment, (name, unit, ms) => {
        const zone = zones.get(name)!
        const [from, until] = [zone.startOf(unit, ms), zone.endOf(unit, ms)]
        expect(from).toBeLessThanOrEqual(ms)
        expect(until).toBeGreaterThan(ms)
        expect(until - from).toBeLessThanOrEqual(LONGEST_UNIT_MS[unit])
        expect(zone.startOf(unit, until)).toBe(until)
      }),
      { numRuns: 400 },
    )
  })

  it('are those that the clock shows, to the second', () => {
    fc.assert(
      fc.property(place, fc.constantFrom('day', 'week', 'month'), moment, (name, unit, ms) => {
        const from = zones.get(name)!.startOf(unit, ms)
        expect(shown(name, unit, from)).toBe(shown(name, unit, ms))
        expect(shown(name, unit, from - 1000)).not.toBe(shown(name, unit, ms))
      }),
      { numRuns: 400 },
    )
  })

  it('a minute of the day comes within a day and a half, and the clock shows it or has jumped over it', () => {
    fc.assert(
      fc.property(place, fc.integer({ min: 0, max: 1439 }), moment, (name, minute, ms) => {
        const zone = zones.get(name)!
        const at = zone.nextMinuteOfDay(minute, ms)
        expect(at).toBeGreaterThan(ms)
        // Apia skipped a whole day.
        expect(at - ms).toBeLessThanOrEqual(50 * 3_600_000)
        const shows = zone.minuteOfDay(at)
        if (shows !== minute) expect(zone.minuteOfDay(at - 1)).not.toBe(minute)
      }),
      { numRuns: 400 },
    )
  })

  it('says the time with its offset', () => {
    const at = Date.parse('2026-03-29T01:00:00Z')
    expect(zones.get('Europe/Berlin')!.iso(at)).toBe('2026-03-29T03:00:00+02:00')
    expect(zones.get('Asia/Kathmandu')!.iso(at)).toBe('2026-03-29T06:45:00+05:45')
    expect(zones.get('America/New_York')!.iso(at)).toBe('2026-03-28T21:00:00-04:00')
  })

  it('knows no zone of another name, and remembers no end of them', () => {
    const book = zoneBook()
    expect(book('Moon/Sea')).toBeNull()
    for (let i = 0; i < 1000; i++) expect(book(`Nowhere/${i}`)).toBeNull()
    expect(book('Asia/Tokyo')?.startOf('day', Date.parse('2026-03-01T00:00:00+09:00'))).toBe(
      Date.parse('2026-03-01T00:00:00+09:00'),
    )
  })
})

/** Clocks on the wall, in zones where they jump. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isoIn, minuteOfDay, nextMinuteOfDay } from '../../worker/core/calendar/clock.ts'
import { zoneNamed } from '../../worker/core/calendar/zone.ts'

// Half an hour of daylight saving; midnights and whole dates that clocks skip.
const ZONES = ['UTC', 'Asia/Kathmandu', 'Europe/Berlin', 'Australia/Lord_Howe', 'Pacific/Apia']
const moment = fc.integer({ min: Date.UTC(2010, 0, 1), max: Date.UTC(2035, 0, 1) })
const zone = (name: string) => zoneNamed(name)!

describe('a clock on the wall', () => {
  it('shows the next such minute within two days, or has jumped over it', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...ZONES),
        fc.integer({ min: 0, max: 1439 }),
        moment,
        (name, minute, ms) => {
          const at = nextMinuteOfDay(zone(name), minute, ms)
          expect(at).toBeGreaterThan(ms)
          expect(at - ms).toBeLessThanOrEqual(50 * 3_600_000)
          const shows = minuteOfDay(zone(name), at)
          if (shows !== minute) expect(minuteOfDay(zone(name), at - 1)).not.toBe(minute)
        },
      ),
      { numRuns: 400 },
    )
  })

  it('shows what Intl shows', () => {
    fc.assert(
      fc.property(fc.constantFrom(...ZONES), moment, (name, ms) => {
        const shown = new Intl.DateTimeFormat('en-GB', { timeZone: name, timeStyle: 'short' })
        const [hours, minutes] = shown.format(ms).split(':').map(Number) as [number, number]
        expect(minuteOfDay(zone(name), ms)).toBe(hours * 60 + minutes)
        expect(Date.parse(isoIn(zone(name), ms))).toBe(Math.floor(ms / 1000) * 1000)
      }),
    )
  })

  it('says the time with its offset', () => {
    const at = Date.parse('2026-03-29T01:00:00Z')
    expect(isoIn(zone('Europe/Berlin'), at)).toBe('2026-03-29T03:00:00+02:00')
    expect(isoIn(zone('Asia/Kathmandu'), at)).toBe('2026-03-29T06:45:00+05:45')
    expect(isoIn(zone('America/New_York'), at)).toBe('2026-03-28T21:00:00-04:00')
  })
})

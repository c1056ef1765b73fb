/** What a clock on the wall shows in a zone. */
import { DAY_MS, MINUTE_MS } from './units.ts'
import type { Zone } from './zone.ts'

const localOf = (zone: Zone, atMs: number): number => atMs + zone.offsetMs(atMs)
const modulo = (n: number, of: number): number => ((n % of) + of) % of

/** Minutes since midnight. */
export const minuteOfDay = (zone: Zone, atMs: number): number =>
  Math.floor(modulo(localOf(zone, atMs), DAY_MS) / MINUTE_MS)

/** The next moment at which the clock shows so many minutes after midnight, or has just jumped over it. */
export function nextMinuteOfDay(zone: Zone, minute: number, afterMs: number): number {
  const local = localOf(zone, afterMs)
  const today = local - modulo(local, DAY_MS) + minute * MINUTE_MS
  const at = zone.momentOf(today)
  return at > afterMs ? at : zone.momentOf(today + DAY_MS)
}

/** "2026-03-29T08:00:00+02:00" */
export function isoIn(zone: Zone, atMs: number): string {
  const offset = Math.round(zone.offsetMs(atMs) / MINUTE_MS)
  const two = (n: number): string => String(n).padStart(2, '0')
  const shown = Math.abs(offset)
  const wall = new Date(localOf(zone, atMs)).toISOString().slice(0, 19)
  return `${wall}${offset < 0 ? '-' : '+'}${two(Math.floor(shown / 60))}:${two(shown % 60)}`
}

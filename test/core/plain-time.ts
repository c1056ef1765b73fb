/** Dates by the words that clocks show: nothing of worker/core is in it. */
import type { Part, Question, Value } from './plain-question.ts'

const UNITS: Record<string, number> = { s: 1e3, m: 6e4, h: 36e5, d: 864e5, w: 6048e5 }
export const span = (text: string): number =>
  Number(text.slice(0, -1)) * (UNITS[text.slice(-1)] as number)

export function zoneFor(part: Part, q: Question): string {
  if (part['zone'] !== 'visitor') return q.timeZone
  for (const name of [q.person.traits['timezone'], q.context['timezone']]) {
    if (typeof name !== 'string') continue
    try {
      new Intl.DateTimeFormat('en', { timeZone: name })
      return name
    } catch {
      // No zone: the next one is asked.
    }
  }
  return q.timeZone
}

const formats = new Map<string, Intl.DateTimeFormat>()
/** "2026-03-01T21:00:00" as the clocks of a zone show it. */
export function shown(ms: number, zone: string): string {
  const format =
    formats.get(zone) ??
    new Intl.DateTimeFormat('en-GB', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    })
  formats.set(zone, format)
  const p = Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, value]))
  return `${String(p['year']).padStart(4, '0')}-${p['month']}-${p['day']}T${p['hour']}:${p['minute']}:${p['second']}`
}
export const date = (ms: number, zone: string): string => shown(ms, zone).slice(0, 10)
const dayNumber = (text: string): number => Math.floor(Date.parse(text) / 864e5)

const isDate = (text: string): boolean =>
  /^\d{4}-\d{2}-\d{2}/.test(text) &&
  new Date(`${text.slice(0, 10)}T00:00:00Z`).toISOString().startsWith(text.slice(0, 10))

/** The first quarter of an hour at which clocks show a local time or a later one. */
function firstShown(local: string, zone: string): number {
  const guess = Date.parse(`${local}Z`)
  for (let ms = guess - 15 * 36e5; ; ms += 9e5) if (shown(ms, zone) >= local) return ms
}

export function instant(value: Value, zone: string): number | null {
  if (typeof value === 'number')
    return value >= 0 && value <= 4102444800000 ? Math.floor(value) : null
  if (typeof value !== 'string') return null
  const shape = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}(\.\d{3})?)?(Z|[+-]\d{2}:\d{2})?$/
  if (!shape.test(value)) return null
  try {
    if (!isDate(value)) return null
  } catch {
    return null
  }
  const hasOffset = value.length > 10 && /(Z|[+-]\d{2}:\d{2})$/.test(value)
  if (hasOffset) return Date.parse(value)
  return firstShown(value.length === 10 ? `${value}T00:00:00` : value.slice(0, 19), zone)
}

export const isRelative = (text: Value): text is string =>
  typeof text === 'string' && /^[+-]\d+[smhdw]$/.test(text)
export const relative = (text: string, nowMs: number): number =>
  nowMs + span(text.slice(1)) * (text.startsWith('-') ? -1 : 1)

export function moments(
  value: Value,
  wanted: Value,
  q: Question,
  zone: string,
  test: (a: number, b: number) => boolean,
): boolean {
  const a = instant(value, zone)
  const b = isRelative(wanted) ? relative(wanted, q.nowMs) : instant(wanted, zone)
  return a !== null && b !== null && test(a, b)
}

/** Day by day: is it somebody's anniversary? */
export function anniversary(value: Value, wanted: unknown, q: Question, zone: string): boolean {
  let text = typeof value === 'string' ? value.replace(/^--/, '') : ''
  let since = -1
  if (!/^\d{2}-\d{2}$/.test(text)) {
    if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) {
      const ms = instant(value, zone)
      if (ms === null) return false
      text = date(ms, zone)
    }
    since = Number(text.slice(0, 4))
    try {
      if (!isDate(text)) return false
    } catch {
      return false
    }
    text = text.slice(5)
  } else if (
    !/^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/.test(text) ||
    /^(02-3|04-31|06-31|09-31|11-31)/.test(text)
  ) {
    return false
  }
  const today = dayNumber(date(q.nowMs, zone))
  const [from, until] =
    wanted === 'today'
      ? [today, today]
      : wanted === 'this week'
        ? [weekOf(today, q) * 7 - shift(q), weekOf(today, q) * 7 - shift(q) + 6]
        : wanted === 'this month'
          ? monthOf(today)
          : [today, today + span((wanted as { within: string }).within) / 864e5]
  for (let day = from; day <= until; day++) {
    const iso = new Date(day * 864e5).toISOString()
    const year = Number(iso.slice(0, 4))
    const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
    const celebrated = text === '02-29' && !leap ? '02-28' : text
    if (iso.slice(5, 10) === celebrated && year > since) return true
  }
  return false
}

const shift = ({ weekStart }: Question): number =>
  ({ monday: 3, sunday: 4, saturday: 5 })[weekStart]
const weekOf = (day: number, q: Question): number => Math.floor((day + shift(q)) / 7)
function monthOf(day: number): [number, number] {
  const d = new Date(day * 864e5)
  const [y, m] = [d.getUTCFullYear(), d.getUTCMonth()]
  return [Date.UTC(y, m, 1) / 864e5, Date.UTC(y, m + 1, 1) / 864e5 - 1]
}

/** A number of the period that a local date is in, one more than the one before. */
export function period(unit: string, text: string, q: Question): number {
  const [year, month] = text.split('-').map(Number) as [number, number]
  if (unit === 'day') return dayNumber(text)
  if (unit === 'week') return weekOf(dayNumber(text), q)
  if (unit === 'month') return year * 12 + month
  if (unit === 'quarter') return year * 4 + Math.floor((month - 1) / 3)
  return year
}

export function clock(c: Part, q: Question): boolean {
  const local = shown(q.nowMs, zoneFor(c, q))
  if (c['clock'] === 'weekday') {
    const names = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday']
    const day = names[new Date(`${local.slice(0, 10)}T00:00:00Z`).getUTCDay()]
    return (c['in'] as string[]).includes(day as string)
  }
  const [from, until] = c['between'] as [string, string]
  if (c['clock'] === 'time') {
    const at = local.slice(11, 16)
    return from <= until ? at >= from && at < until : at >= from || at < until
  }
  const today = from.length === 5 ? local.slice(5, 10) : local.slice(0, 10)
  return from <= until ? today >= from && today <= until : today >= from || today <= until
}

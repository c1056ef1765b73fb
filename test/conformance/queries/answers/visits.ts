/** Who came, how far they went, who came back, by which pages. */
import type { EventRecord } from '../../../../worker/core/record.ts'
import { byText, dayOf, grouped, inTime, named, personOf, seen, type Row } from '../facts.ts'
import { DAY_MS, MINUTE_MS, TOKYO_MS } from '../times.ts'

export function dailyActivePeople(): Row[] {
  return [...grouped(seen, ({ timestampMs }) => dayOf(timestampMs))]
    .map(([day, all]): Row => [day, new Set(all.map(personOf)).size, all.length])
    .toSorted(byText)
}

export function funnel(): Row[] {
  const first = (event: string, person: string, fromMs: number, toMs: number): number | undefined =>
    named(event)
      .filter((r) => personOf(r) === person && r.timestampMs > fromMs && r.timestampMs <= toMs)
      .map((r) => r.timestampMs)
      .toSorted((a, b) => a - b)[0]
  let [viewed, added, ordered] = [0, 0, 0]
  for (const person of new Set(named('Product Viewed').map(personOf))) {
    const view = first('Product Viewed', person, 0, Infinity) as number
    viewed++
    const add = first('Product Added', person, view, view + 7 * DAY_MS)
    if (add === undefined) continue
    added++
    if (first('Order Completed', person, add, view + 7 * DAY_MS) !== undefined) ordered++
  }
  return [[viewed, added, ordered]]
}

export function retentionByWeek(): Row[] {
  // 1970-01-01 was a Thursday.
  const weekOf = (ms: number): number => Math.floor(((ms + TOKYO_MS) / DAY_MS + 3) / 7)
  const counts = new Map<string, number>()
  for (const [, own] of grouped(seen, personOf)) {
    const weeks = new Set(own.map(({ timestampMs }) => weekOf(timestampMs)))
    const cohort = Math.min(...weeks)
    const monday = new Date((cohort * 7 - 3) * DAY_MS).toISOString().slice(0, 10)
    for (const week of weeks) {
      const key = `${monday} ${String(week - cohort).padStart(2, '0')}`
      counts.set(key, (counts.get(key) ?? 0) + 1)
    }
  }
  return [...counts]
    .toSorted(byText)
    .map(([key, n]): Row => [key.slice(0, 10), Number(key.slice(11)), n])
}

export function paths(): Row[] {
  const pages = inTime.filter(({ type }) => type === 'page')
  const counts = new Map<string, number>()
  for (const [, own] of grouped(pages, personOf)) {
    const sorted = own.toSorted((a, b) => a.timestampMs - b.timestampMs)
    for (let i = 0; i + 2 < sorted.length; i++) {
      const three = sorted.slice(i, i + 3)
      const gaps = three
        .slice(1)
        .map((r, n) => r.timestampMs - (three[n] as EventRecord).timestampMs)
      if (gaps.some((gap) => gap > 30 * MINUTE_MS)) continue
      const path = three.map(({ name }) => name).join(' → ')
      counts.set(path, (counts.get(path) ?? 0) + 1)
    }
  }
  return [...counts].toSorted(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)).slice(0, 20)
}

/** What is true of the shop's two months, worked out without SQL. */
import type { JsonObject } from '../../../worker/contract/message.ts'
import { identityMap } from '../../../worker/core/identity/identity-map.ts'
import type { EventRecord } from '../../../worker/core/record.ts'
import { records } from './shop.ts'
import { DAY_MS, TOKYO_MS } from './times.ts'

/** Cells as a query has them. */
export type Row = readonly unknown[]

const people = identityMap()
for (const record of records) people.note(record)
export const personOf = (record: EventRecord): string => people.ownerOf(record) as string
export const inTime = records.filter(({ late, preview }) => late !== true && preview !== true)

export const text = (value: unknown): string => (typeof value === 'string' ? value : '')
export const propertyOf = (record: EventRecord, name: string): unknown => record.properties?.[name]
export const dayOf = (ms: number): string => new Date(ms + TOKYO_MS).toISOString().slice(0, 10)
export const round = (value: number, digits: number): number => Number(value.toFixed(digits))

export const grouped = <T, K>(items: readonly T[], key: (item: T) => K): Map<K, T[]> => {
  const groups = new Map<K, T[]>()
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item])
  return groups
}

export interface Order {
  readonly person: string
  readonly atMs: number
  readonly revenue: number
  readonly campaigns: { readonly name: string; readonly atMs: number }[]
}
export const named = (event: string): EventRecord[] =>
  inTime.filter((record) => record.event === event)
const campaignOf = ({ context }: EventRecord): string =>
  text((context?.['campaign'] as JsonObject | undefined)?.['name'])
export const orders: Order[] = [
  ...grouped(named('Order Completed'), (r) => propertyOf(r, 'order_id') ?? r.messageId).values(),
].map((loads) => {
  const [first] = loads.toSorted((a, b) => a.timestampMs - b.timestampMs)
  const record = first as EventRecord
  const person = personOf(record)
  const campaigns = inTime
    .filter((one) => campaignOf(one) !== '' && personOf(one) === person)
    .filter(
      ({ timestampMs: at }) => at <= record.timestampMs && at >= record.timestampMs - 30 * DAY_MS,
    )
    .map((one) => ({ name: campaignOf(one), atMs: one.timestampMs }))
  return {
    person,
    atMs: record.timestampMs,
    revenue: Number(propertyOf(record, 'revenue')),
    campaigns,
  }
})

/** Who was seen doing something by themselves. */
export const seen = inTime.filter(
  ({ type, event }) => ['track', 'page'].includes(type) && event !== '$served',
)

export const byText = (a: Row, b: Row): number => (String(a[0]) < String(b[0]) ? -1 : 1)

export const revenueOf = (some: readonly { readonly revenue: number }[]): number =>
  some.reduce((sum, { revenue }) => sum + revenue, 0)

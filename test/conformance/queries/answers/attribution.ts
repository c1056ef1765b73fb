/** Which campaign an order is owed to. */
import { grouped, orders, revenueOf, round, type Order, type Row } from '../facts.ts'

/** Of each campaign's orders, or parts of them, how many and how much. */
const byRevenue = <T extends { readonly revenue: number }>(
  items: readonly T[],
  campaignOf: (item: T) => string,
): Row[] =>
  [...grouped(items, campaignOf)]
    .map(([campaign, own]): Row => [campaign, own.length, round(revenueOf(own), 2)])
    .toSorted((a, b) => Number(b[2]) - Number(a[2]))

export function lastTouch(): Row[] {
  const last = ({ campaigns }: Order): string =>
    campaigns.toSorted((a, b) => b.atMs - a.atMs)[0]?.name ?? '(none)'
  return byRevenue(orders, last)
}

export function linear(): Row[] {
  const parts = orders.flatMap(({ campaigns, revenue }) => {
    const names = [...new Set(campaigns.map(({ name }) => name))]
    return names.map((name) => ({ name, revenue: revenue / names.length }))
  })
  return byRevenue(parts, ({ name }) => name)
}

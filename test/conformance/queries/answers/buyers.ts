/** Who bought again, and how much. */
import { byText, dayOf, grouped, orders, revenueOf, round, type Row } from '../facts.ts'
import { DAY_MS } from '../times.ts'

export function repeatRate(): Row[] {
  const months = new Map<string, { buyers: number; back: number }>()
  for (const [, own] of grouped(orders, ({ person }) => person)) {
    const first = Math.min(...own.map(({ atMs }) => atMs))
    const month = `${dayOf(first).slice(0, 7)}-01`
    const { buyers, back } = months.get(month) ?? { buyers: 0, back: 0 }
    const again = own.some(({ atMs }) => atMs > first && atMs <= first + 90 * DAY_MS)
    months.set(month, { buyers: buyers + 1, back: back + (again ? 1 : 0) })
  }
  return [...months]
    .toSorted(byText)
    .map(([month, { buyers, back }]): Row => [month, buyers, back, round(back / buyers, 4)])
}

export function rfm(): Row[] {
  const buyers = [...grouped(orders, ({ person }) => person)].map(([person, own]) => ({
    person,
    last: Math.max(...own.map(({ atMs }) => atMs)),
    orders: own.length,
    revenue: revenueOf(own),
  }))
  /** As ntile does: the first parts have one more where it does not divide. */
  const thirds = (key: (buyer: (typeof buyers)[number]) => number): Map<string, number> => {
    const sorted = buyers.toSorted((a, b) => key(a) - key(b) || (a.person < b.person ? -1 : 1))
    const sizes = [0, 1, 2].map((i) => Math.floor((sorted.length + 2 - i) / 3))
    const bounds = [sizes[0] as number, (sizes[0] as number) + (sizes[1] as number)]
    return new Map(
      sorted.map(({ person }, i) => [person, 1 + bounds.filter((bound) => i >= bound).length]),
    )
  }
  const [recency, frequency, value] = [
    thirds((b) => b.last),
    thirds((b) => b.orders),
    thirds((b) => b.revenue),
  ]
  return buyers
    .map(({ person, orders: count, revenue }): Row => [
      person,
      count,
      round(revenue, 2),
      recency.get(person),
      frequency.get(person),
      value.get(person),
    ])
    .toSorted(byText)
}

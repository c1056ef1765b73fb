/** What an arm did to those who met it, and it alone. */
import type { JsonObject } from '../../../../worker/contract/message.ts'
import { named, orders, personOf, propertyOf, revenueOf, round, text, type Row } from '../facts.ts'

/** By person: the moment from which somebody who met no other arm had met this one. */
function metOnly(experiment: string): (arm: string) => [person: string, sinceMs: number][] {
  const met = new Map<string, { arms: Set<string>; since: number }>()
  for (const record of named('$impression')) {
    const arm = text((propertyOf(record, 'experiments') as JsonObject)[experiment])
    if (arm === '') continue
    const person = personOf(record)
    const standing = met.get(person) ?? { arms: new Set(), since: Infinity }
    standing.arms.add(arm)
    met.set(person, { ...standing, since: Math.min(standing.since, record.timestampMs) })
  }
  return (arm) =>
    [...met].flatMap(([person, { arms, since }]) =>
      arms.size === 1 && arms.has(arm) ? [[person, since]] : [],
    )
}

export function resultOfAnExperiment(): Row[] {
  const met = metOnly('hero-test')
  return ['a', 'b'].map((arm): Row => {
    const own = met(arm)
    const after = own.map(([person, since]) =>
      orders.filter((order) => order.person === person && order.atMs > since),
    )
    const converted = after.filter((list) => list.length > 0).length
    const revenue = revenueOf(after.flat())
    return [
      arm,
      own.length,
      converted,
      round(converted / own.length, 4),
      round(revenue / own.length, 2),
    ]
  })
}

export function liftAgainstTheHoldout(): Row[] {
  const met = metOnly('$holdout')
  const rateOf = (arm: string): [number, number] => {
    const own = met(arm)
    const converted = own.filter(([person, since]) =>
      named('Order Completed').some((r) => personOf(r) === person && r.timestampMs > since),
    )
    return [own.length, converted.length / own.length]
  }
  const [[shown, shownRate], [held, heldRate]] = [rateOf('open'), rateOf('held')]
  return [
    [shown, held, round(shownRate, 4), round(heldRate, 4), round(shownRate / heldRate - 1, 4)],
  ]
}

/** What will be sent: people, their devices, their messages, and the batches that carry them. */
import type { Random } from '../support/random.ts'

export interface PlannedMessage {
  readonly messageId: string
  readonly type: 'track' | 'page' | 'identify'
  readonly anonymousId?: string
  readonly userId?: string
  readonly originalTimestamp: string
  readonly event?: string
  readonly name?: string
  readonly properties?: Record<string, unknown>
  readonly traits?: Record<string, unknown>
}

/** People who share a device, or one alone: what they did stays among them. */
export interface Household {
  readonly userIds: readonly string[]
  readonly messageIds: ReadonlySet<string>
}

/** Who sees something that was chosen for them, by each of these devices, and what they order later. */
export interface Buyer {
  readonly devices: readonly string[]
  readonly orders: readonly { readonly id: string; readonly amount: number }[]
}

export interface Plan {
  readonly households: readonly Household[]
  readonly buyers: readonly Buyer[]
  readonly messages: ReadonlyMap<string, PlannedMessage>
  /** Some messages stand in several. */
  readonly batches: readonly (readonly PlannedMessage[])[]
}

/** Below the profile's 100 recent events, so that each can be compared one by one. */
const MOST_MESSAGES = 40

export function makePlan(dice: Random, people: number): Plan {
  const households: Household[] = []
  const buyers: Buyer[] = []
  const messages = new Map<string, PlannedMessage>()
  const nowMs = Date.now()
  let count = 0

  const message = (
    type: PlannedMessage['type'],
    who: Pick<PlannedMessage, 'anonymousId' | 'userId'>,
    ids: Set<string>,
    over: Partial<PlannedMessage> = {},
  ): void => {
    const messageId = `chaos-${++count}`
    ids.add(messageId)
    messages.set(messageId, {
      messageId,
      type,
      ...who,
      // Some at the very same moment: then the messageId decides which trait stands.
      originalTimestamp: new Date(nowMs - dice.between(1, 900) * 1000).toISOString(),
      ...(type === 'track' ? { event: dice.pick(['Product Viewed', 'Product Added']) } : {}),
      ...(type === 'page' ? { name: 'Catalog' } : {}),
      ...(type === 'identify'
        ? {
            traits: {
              email: `${who.userId}@chaos.example`,
              visits: count,
              plan: dice.pick(['free', 'pro']),
            },
          }
        : {
            properties: {
              amount: dice.between(1, 9999),
              category: dice.pick(['knitwear', 'linen']),
            },
          }),
      ...over,
    })
  }

  const everybody = Array.from({ length: people }, (_, i) => `person-${i + 1}`)
  while (everybody.length > 0) {
    const userIds = everybody.splice(0, dice.chance(0.2) ? 2 : 1)
    const ids = new Set<string>()
    const tablet = userIds.length > 1 ? `tablet-of-${userIds[0]}` : null
    if (tablet !== null)
      message('identify', { anonymousId: tablet, userId: dice.pick(userIds) }, ids)
    for (const userId of userIds) {
      const devices = Array.from(
        { length: dice.between(1, 3) },
        (_, i) => `device-${i}-of-${userId}`,
      )
      // Every device is told to be its owner's at some time: so all joins in the end.
      for (const anonymousId of devices) message('identify', { anonymousId, userId }, ids)
      const used = tablet === null ? devices : [...devices, tablet]
      for (let n = dice.between(5, MOST_MESSAGES / userIds.length - 4); n > 0; n--) {
        const anonymousId = dice.pick(used)
        const kind = dice.next()
        if (kind < 0.5) message('track', { anonymousId }, ids)
        else if (kind < 0.65) message('page', { anonymousId }, ids)
        else if (kind < 0.8) message('track', { anonymousId, userId }, ids)
        else if (kind < 0.9) message('track', { userId }, ids)
        else message('identify', { anonymousId, userId }, ids)
      }
      // Of two who share a device nobody knows whose order it was.
      if (userIds.length === 1 && dice.chance(0.7)) {
        const orders = Array.from({ length: dice.between(0, 3) }, () => ({
          id: `order-${++count}`,
          amount: dice.between(1, 9999),
        }))
        // The page of some is loaded again, elsewhere: by order_id it is the same one.
        for (const { id, amount } of [...orders, ...orders.filter(() => dice.chance(0.4))]) {
          message('track', { anonymousId: dice.pick(used) }, ids, {
            originalTimestamp: new Date(nowMs - dice.between(1, 250) * 1000).toISOString(),
            event: 'Order Completed',
            properties: { order_id: id, amount },
          })
        }
        buyers.push({ devices: dice.shuffle(devices).slice(0, 2), orders })
      }
    }
    households.push({ userIds, messageIds: ids })
  }
  return { households, buyers, messages, batches: makeBatches(dice, [...messages.values()]) }
}

/** Before any order: what was chosen for a device was seen there. @param decisionIds by device */
export function withImpressions(
  plan: Plan,
  decisionIds: ReadonlyMap<string, string>,
  dice: Random,
): Plan {
  const nowMs = Date.now()
  const seen = [...decisionIds].map(([anonymousId, decisionId], i): PlannedMessage => ({
    messageId: `${SEEN}${i}`,
    type: 'track',
    anonymousId,
    originalTimestamp: new Date(nowMs - dice.between(400, 800) * 1000).toISOString(),
    event: '$impression',
    properties: { decisionId },
  }))
  const batches = plan.batches.map((batch) => [...batch])
  for (const message of [...seen, ...seen.filter(() => dice.chance(0.25))]) {
    dice.pick(batches).push(message)
  }
  const messages = new Map([...plan.messages, ...seen.map((one) => [one.messageId, one] as const)])
  return { ...plan, messages, batches }
}

/** What their messageIds begin with: the worker writes its own ones instead. */
export const SEEN = 'seen-'

/** Every message at least once, a quarter of them again elsewhere. */
function makeBatches(dice: Random, messages: readonly PlannedMessage[]): PlannedMessage[][] {
  const again = messages.filter(() => dice.chance(0.25))
  const rest = dice.shuffle([...messages, ...again])
  const batches: PlannedMessage[][] = []
  while (rest.length > 0) batches.push(rest.splice(0, dice.between(1, 25)))
  return batches
}

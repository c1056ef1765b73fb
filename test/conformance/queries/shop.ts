/** Two months of a shop, made up, the same each time. */
import type { JsonObject } from '../../../worker/contract/message.ts'
import type { EventRecord } from '../../../worker/core/record.ts'
import { random, type Random } from '../../support/random.ts'
import { DAY_MS, MINUTE_MS, START_MS } from './times.ts'
import { joinedAndParted, unusual } from './unusual.ts'

export const records = generate(random(20260301))

function generate(dice: Random): EventRecord[] {
  const made: EventRecord[] = []
  const CAMPAIGNS = ['spring', 'mail', 'search', null, null, null]
  const PAGES = ['Home', 'Knitwear', 'Linen', 'Product', 'Cart']
  const frame = (profileId: string, atMs: number): EventRecord => ({
    type: 'track',
    messageId: `m${made.length}`,
    source: 'shop',
    profileId,
    epoch: 1,
    timestampMs: atMs,
    receivedAtMs: atMs,
    originalTimestampMs: null,
    sentAtMs: null,
    ...(dice.next() < 0.01 ? { late: true as const } : {}),
    ...(dice.next() < 0.01 ? { preview: true as const } : {}),
  })
  const add = (profileId: string, atMs: number, over: Partial<EventRecord>): void => {
    const campaign = dice.pick(CAMPAIGNS)
    const context: JsonObject = campaign === null ? {} : { campaign: { name: campaign } }
    made.push({ ...frame(profileId, atMs), context, ...over })
  }
  let orders = 0
  for (let n = 0; n < 60; n++) {
    const id = `p${String(n).padStart(2, '0')}`
    let atMs = START_MS + Math.floor(dice.next() * 20 * DAY_MS)
    const arm = dice.pick(['a', 'b'])
    const held = dice.next() < 0.3 ? 'held' : 'open'
    for (let visit = 0; visit < 1 + Math.floor(dice.next() * 5); visit++) {
      for (let step = 0; step < 2 + Math.floor(dice.next() * 4); step++) {
        add(id, (atMs += MINUTE_MS * (1 + Math.floor(dice.next() * 10))), {
          type: 'page',
          name: dice.pick(PAGES),
        })
      }
      const shows = dice.next() < 0.8
      if (shows) {
        const action = held === 'held' ? null : dice.pick(['knit', 'linen', 'welcome'])
        // One who met both arms counts for none.
        const met = n % 17 === 3 && visit === 1 ? (arm === 'a' ? 'b' : 'a') : arm
        const properties = {
          decision: `d${made.length}`,
          exposure: `x${made.length}`,
          placement: dice.pick(['hero', 'slot']),
          policy: 'spring',
          action,
          arm: null,
          position: 0,
          propensity: 1,
          model: 0,
          leaf: '',
          epoch: 1,
          atMs,
          experiments: { $holdout: held, ...(held === 'held' ? {} : { 'hero-test': met }) },
        }
        add(id, (atMs += MINUTE_MS), { event: '$impression', properties })
        if (dice.next() < 0.3) add(id, (atMs += MINUTE_MS), { event: '$click', properties })
      }
      const eager = held === 'open' && arm === 'b' ? 0.75 : 0.5
      add(id, (atMs += MINUTE_MS), { event: 'Product Viewed', properties: { sku: `K-${n}` } })
      if (dice.next() < eager)
        add(id, (atMs += MINUTE_MS), { event: 'Product Added', properties: {} })
      if (dice.next() < eager) {
        const properties = {
          order_id: `o${orders++}`,
          revenue: 1000 + Math.floor(dice.next() * 90_000) / 10,
        }
        add(id, (atMs += MINUTE_MS), { event: 'Order Completed', properties })
        // The thank-you page was loaded again.
        if (dice.next() < 0.3)
          add(id, (atMs += MINUTE_MS), { event: 'Order Completed', properties })
      }
      atMs += Math.floor(dice.next() * 14 * DAY_MS)
    }
    const change = (at: number, what: string): void =>
      void made.push({
        ...frame(id, at),
        type: '$segment',
        messageId: `$segment:${id}:${at}`,
        properties: { segment: dice.pick(['vip', 'new']), change: what, why: 'event' },
      })
    change(START_MS + Math.floor(dice.next() * 10 * DAY_MS), 'entered')
    if (dice.next() < 0.3) change(START_MS + Math.floor((10 + dice.next() * 10) * DAY_MS), 'exited')
  }
  made.push(...unusual(frame))
  made.push(...joinedAndParted(made, frame))
  return made.sort((a, b) => a.receivedAtMs - b.receivedAtMs)
}

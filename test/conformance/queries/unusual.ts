/** What is rare in a shop, and what a naive query gets wrong. */
import type { JsonObject } from '../../../worker/contract/message.ts'
import type { EventRecord } from '../../../worker/core/record.ts'
import { DAY_MS, START_MS } from './times.ts'

export type Frame = (profileId: string, atMs: number) => EventRecord

/** A shop that sends no order ids, an order long after its campaign, and what was served to nobody who came. */
export function unusual(frame: Frame): EventRecord[] {
  const made: EventRecord[] = []
  const add = (profileId: string, day: number, over: Partial<EventRecord>): void => {
    const plain = frame(profileId, START_MS + Math.round(day * DAY_MS))
    const { late: _late, preview: _preview, ...inTimeOnly } = plain
    made.push({ ...inTimeOnly, messageId: `unusual${made.length}`, ...over })
  }
  const order = (profileId: string, day: number, properties: JsonObject): void =>
    add(profileId, day, { event: 'Order Completed', properties })
  const campaign = (name: string): Partial<EventRecord> => ({
    type: 'page',
    name: 'Home',
    context: { campaign: { name } },
  })
  add('p60', 1, campaign('spring'))
  order('p60', 40, { order_id: 'late-one', revenue: 500 })
  add('p61', 2, campaign('mail'))
  const experiments = { 'hero-test': 'b' }
  const shown = { placement: 'hero', action: 'knit', experiments }
  add('p61', 3, { event: '$impression', properties: shown })
  order('p61', 4, { revenue: 700 })
  order('p61', 5, { revenue: 900 })
  add('p62', 6, campaign('search'))
  order('p62', 7, { revenue: 1100 })
  for (const day of [20, 30, 50]) add('p62', day, { event: '$served', properties: shown })
  return made
}

/** People who turn out to be others, and one merge undone. */
export function joinedAndParted(made: readonly EventRecord[], frame: Frame): EventRecord[] {
  const joined: EventRecord[] = []
  const untilMs = START_MS + 80 * DAY_MS
  const merge = (survivor: string, absorbed: string, at: number): void =>
    void joined.push({
      ...frame(survivor, at),
      type: '$merge',
      messageId: `$merge:${absorbed}`,
      properties: { survivor, absorbed, cause: 'm', documents: [] },
    })
  for (const [i, [a, b]] of [
    ['p01', 'p02'],
    ['p03', 'p04'],
    ['p05', 'p01'],
    ['p06', 'p07'],
  ].entries()) {
    merge(a as string, b as string, untilMs + i)
  }
  // Before they were told apart, some of what p07 did was logged as p06's.
  const theirs = made.filter(
    ({ profileId, event }, n) => profileId === 'p06' && (event === '$impression' || n % 3 === 0),
  )
  joined.push({
    ...frame('p06', untilMs + 9),
    type: '$unmerge',
    messageId: '$unmerge:1',
    properties: {
      leaves: 'p07',
      stays: 'p06',
      along: {},
      moved: [
        {
          from: 'p06',
          to: 'p07',
          records: theirs.map(({ messageId, receivedAtMs }) => [messageId, receivedAtMs] as const),
        },
      ],
    },
  })
  return joined
}

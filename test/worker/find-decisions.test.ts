/** A line of the log is looked for no further than where it is. */
import { expect, it } from 'vitest'
import type { EventRecord } from '../../worker/core/record.ts'
import { decisionLines, type DecisionRooms } from '../../worker/warehouse/find-decisions.ts'

const line = (messageId: string, placement: string): EventRecord => ({
  type: '$decision',
  messageId,
  source: 's',
  profileId: null,
  epoch: 1,
  properties: { placement },
  timestampMs: 5,
  receivedAtMs: 5,
  originalTimestampMs: null,
  sentAtMs: null,
})

/** Pages of the outbox with a record each, and a file with one record. */
function rooms(pages: readonly EventRecord[], filed: readonly EventRecord[]) {
  const read = { pages: 0, files: 0 }
  const outbox: DecisionRooms['outboxes'][number] = {
    async *read() {
      for (const [seq, record] of pages.entries()) {
        read.pages++
        const body = JSON.stringify({ v: 1, records: [record] })
        yield [{ seq, receivedMs: record.receivedAtMs, body }]
      }
    },
  }
  const lines = decisionLines({
    outboxes: [outbox],
    filed: { pathsWithin: async () => ['a', 'b'] },
    findIn: async () => (read.files++, filed),
  })
  return { lines, read }
}
const pages = [line('x', 'a'), line('x', 'b'), line('y', 'c')]
const isOf = (placement: string) => (record: EventRecord) =>
  record.properties?.['placement'] === placement

it.each([
  ['a', { pages: 1, files: 0 }],
  ['b', { pages: 2, files: 0 }],
  ['filed', { pages: 3, files: 1 }],
  ['nowhere', { pages: 3, files: 2 }],
])('what is meant by %s takes no more than it must', async (placement, expected) => {
  const { lines, read } = rooms(pages, [line('x', 'filed')])
  const found = await lines.find(['x', 'not-there'], 5, isOf(placement))
  expect(found?.properties?.['placement']).toBe(placement === 'nowhere' ? undefined : placement)
  expect(read).toEqual(expected)
})

it('what has another id is not found, whatever it says', async () => {
  const { lines } = rooms(pages, [])
  expect(await lines.find(['x'], 5, isOf('c'))).toBeNull()
})

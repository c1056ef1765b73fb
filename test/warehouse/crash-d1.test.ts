/** What only the outbox on D1 has: a range that is trimmed in pieces, under the lease beside it. */
import { beforeEach, expect, test } from 'vitest'
import { crashSuite } from './crash-suite.ts'
import { clockAt, runDrain } from './jobs.ts'
import { expectFiledOnce, onD1 } from './outbox-under-test.ts'
import { clear, fill, files, HOUR_MS, leases, manifests, NINE_MS, outbox } from './warehouse.ts'

const NOW_MS = NINE_MS + 2 * HOUR_MS

crashSuite('D1', onD1)

beforeEach(clear)

test('a reader under whom the range is trimmed stores no half of it', async () => {
  const ids = await fill(1203)
  let takenOver = false
  const slow = {
    ...outbox,
    async *read(range: Parameters<typeof outbox.read>[0]) {
      for await (const page of outbox.read(range)) {
        yield page
        if (takenOver) continue
        takenOver = true
        await runDrain({ clock: clockAt(NOW_MS + 60_000) })
      }
    },
  }
  const ended = await runDrain({ clock: clockAt(NOW_MS), outbox: slow })
  expect(ended).toMatchObject({ outcome: 'lost', rows: 0 })
  expect(await files()).toHaveLength(1)
  await expectFiledOnce(onD1, ids)
})

test('entries that vanished without a takeover are an error, not a smaller file', async () => {
  await fill(10)
  const range = (await outbox.next(0, { maxEntries: 10, maxBytes: 1e6 }))!
  const lease = (await leases.acquire(outbox.lease, 'dead', NOW_MS, NOW_MS))!
  await manifests.open(lease, 'd1', range, NOW_MS)
  await outbox.trim(lease, range, 4)
  await expect(runDrain({ clock: clockAt(NOW_MS) })).rejects.toThrow(
    'holds 6 of the 10 entries from 1 to 10',
  )
  expect(await files()).toEqual([])
})

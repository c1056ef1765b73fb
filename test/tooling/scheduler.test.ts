import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test, vi } from 'vitest'
import { startScheduler } from '../../scripts/start/scheduler.ts'

test('runs one after the other, tells errors, goes on, and ends with the run under way', async () => {
  let running = 0
  let atOnce = 0
  let runs = 0
  const errors: unknown[] = []
  const stop = startScheduler(
    async () => {
      running += 1
      atOnce = Math.max(atOnce, running)
      await sleep(20)
      running -= 1
      runs += 1
      if (runs === 2) throw new Error('the second one fails')
    },
    5,
    (error) => errors.push(error),
  )
  await vi.waitFor(() => expect(runs).toBeGreaterThanOrEqual(4), 60_000)
  const ended = runs + running
  await stop()
  expect(atOnce).toBe(1)
  expect(errors).toEqual([new Error('the second one fails')])
  expect(runs).toBe(ended)
  await sleep(60)
  expect(runs).toBe(ended)
})

/** An outbox, whichever store it lies in, and what must have become of it in the end. */
import { env } from 'cloudflare:workers'
import { expect } from 'vitest'
import type { OutboxReader } from '../../worker/warehouse/ports.ts'
import { sinkLog } from './jobs.ts'
import {
  clear,
  files,
  fill,
  HOUR_MS,
  messageIds,
  NINE_MS,
  outbox,
  outboxSize,
} from './warehouse.ts'

export interface OutboxUnderTest {
  readonly outbox: OutboxReader
  readonly clear: () => Promise<void>
  /** Commits of two records each, a millisecond apart; their messageIds. */
  readonly fill: (count: number, startMs?: number) => Promise<string[]>
  readonly size: () => Promise<number>
}

export const onD1: OutboxUnderTest = { outbox, clear: async () => {}, fill, size: outboxSize }

/** It and everything else. */
export async function clearWith(under: OutboxUnderTest): Promise<void> {
  await clear()
  await under.clear()
}

/** So many commits of one hour, and so many of the next; their messageIds. */
export const fillTwoHours = async (
  { fill }: Pick<OutboxUnderTest, 'fill'>,
  [first, second]: readonly [number, number],
): Promise<string[]> => [...(await fill(first)), ...(await fill(second, NINE_MS + HOUR_MS))].sort()

/** Every messageId lies once in the files that the batches lead to; nothing waits, is half done or was put aside. */
export async function expectFiledOnce(
  under: OutboxUnderTest,
  ids: readonly string[],
): Promise<void> {
  expect(await messageIds()).toEqual(ids.toSorted())
  expect(await under.size()).toBe(0)
  expect(await sinkLog.deadLetters(9)).toEqual([])
  const unfinished = `SELECT (SELECT count(*) FROM manifest WHERE state <> 'done') + (SELECT count(*) FROM compaction) AS n`
  expect(await env.DB.prepare(unfinished).first('n')).toBe(0)
  const led = "SELECT DISTINCT path FROM manifest WHERE path LIKE 'events/%' ORDER BY path"
  const { results } = await env.DB.prepare(led).all<{ path: string }>()
  expect((await files()).map(({ path }) => path)).toEqual(results.map(({ path }) => path))
}

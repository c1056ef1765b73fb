/** How a batch is named: by where it stood and what it holds. */
import type { OutboxRange } from './ports.ts'

const SEQ_DIGITS = 15

/**
 * The range alone would do while one database lives. The digest keeps two
 * apart that count alike: a restored database gives its positions out again,
 * and put-if-absent must then not take other events for these.
 */
export async function batchIdOf(
  shard: string,
  range: OutboxRange,
  file: Uint8Array<ArrayBuffer>,
): Promise<string> {
  return idOf(shard, range, file)
}

/** Several batches in one file: named by theirs, so that any release gives it the same. */
export const batchesId = (
  shard: string,
  range: OutboxRange,
  batchIds: readonly string[],
): Promise<string> => idOf(shard, range, Uint8Array.from(new TextEncoder().encode(batchIds.join())))

async function idOf(
  shard: string,
  { fromSeq, toSeq }: OutboxRange,
  content: Uint8Array<ArrayBuffer>,
): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', content))
  const hex = Array.from(digest.subarray(0, 16), (byte) => byte.toString(16).padStart(2, '0'))
  const [from, to] = [fromSeq, toSeq].map((seq) => String(seq).padStart(SEQ_DIGITS, '0'))
  return `${shard}-${from}-${to}-${hex.join('')}`
}

/** Hive-partitioned by the hour of arrival, in UTC. */
export function pathOf(hourMs: number, batchId: string): string {
  const iso = new Date(hourMs).toISOString()
  return `events/dt=${iso.slice(0, 10)}/hour=${iso.slice(11, 13)}/${batchId}.parquet`
}

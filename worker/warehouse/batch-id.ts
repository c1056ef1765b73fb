/** How a batch is named: by where it stood and what it held. */
import type { OutboxRange } from './ports.ts'

const BLOCK_BYTES = 1_048_576
const SEQ_DIGITS = 15
const encoder = new TextEncoder()

/**
 * SHA-256 over the SHA-256 of each block of the texts, a line feed behind
 * each: WebCrypto cannot digest piece by piece, and the whole need not stay in
 * memory. It does not depend on how the texts were paged.
 */
export function contentDigest(): ContentDigest {
  const digests: Promise<ArrayBuffer>[] = []
  let block = new Uint8Array(BLOCK_BYTES)
  let filled = 0
  const close = (): void => {
    digests.push(crypto.subtle.digest('SHA-256', block.subarray(0, filled)))
    block = new Uint8Array(BLOCK_BYTES)
    filled = 0
  }
  return {
    add(text) {
      let rest = `${text}\n`
      for (;;) {
        const { read, written } = encoder.encodeInto(rest, block.subarray(filled))
        filled += written
        if (read === rest.length) return
        rest = rest.slice(read)
        close()
      }
    },
    async hex() {
      close()
      const all = new Uint8Array(await new Blob(await Promise.all(digests)).arrayBuffer())
      const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', all))
      return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
    },
  }
}
export interface ContentDigest {
  add(text: string): void
  hex(): Promise<string>
}

/**
 * The range alone would do while one database lives. The digest keeps two
 * apart that count alike: a restored database gives its positions out again,
 * and put-if-absent must then not take other people's events for these.
 */
export function batchIdOf(shard: string, range: OutboxRange, digestHex: string): string {
  const [from, to] = [range.fromSeq, range.toSeq].map((seq) =>
    String(seq).padStart(SEQ_DIGITS, '0'),
  )
  return `${shard}-${from}-${to}-${digestHex.slice(0, 32)}`
}

/** Hive-partitioned by the hour of arrival, in UTC. */
export function pathOf(hourMs: number, batchId: string): string {
  const iso = new Date(hourMs).toISOString()
  return `events/dt=${iso.slice(0, 10)}/hour=${iso.slice(11, 13)}/${batchId}.parquet`
}

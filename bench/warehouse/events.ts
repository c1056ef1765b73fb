/** Rows of the outbox as a shop's visitors fill it. */
import type { EventRecord } from '../../worker/core/record.ts'
import type { OutboxEntry } from '../../worker/warehouse/ports.ts'

export const START_MS = Date.UTC(2026, 2, 1, 9)

/** Events of a shop as analytics.js sends them: about 900 bytes of JSON each. */
export function eventRecord(n: number, startMs = START_MS): EventRecord {
  const at = startMs + n * 37
  return {
    type: n % 3 === 0 ? 'page' : 'track',
    messageId: `ajs-next-${at}-${(n * 2_654_435_761) % 4_294_967_296}`,
    source: 'shop',
    profileId: `0198f3a2-7c${n % 3000}`,
    epoch: 12,
    anonymousId: `b7c1e8a0-33d2-4c5e-9f00-${n % 3000}`,
    ...(n % 5 === 0 ? { userId: `user-${n % 900}` } : {}),
    ...(n % 3 === 0
      ? { name: 'ニット' }
      : { event: ['Product Viewed', 'Product Added', 'Order Completed'][n % 3] as string }),
    properties: {
      product_id: `K-${n % 400}`,
      name: `ラムウール クルーネック ${n % 400}`,
      price: 12_800 + (n % 50) * 100,
      currency: 'JPY',
      url: `https://shop.example/products/K-${n % 400}?ref=${n}`,
    },
    context: {
      page: {
        path: `/products/K-${n % 400}`,
        referrer: 'https://www.google.com/',
        title: '糸と布',
      },
      userAgent: 'Mozilla/5.0 (X11; Linux x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0',
      locale: 'ja-JP',
      timezone: 'Asia/Tokyo',
      library: { name: 'tsugi.js', version: '0.1.0' },
      campaign: n % 4 === 0 ? { source: 'mail', name: 'spring' } : {},
      sessionId: `s-${n % 5000}`,
    },
    timestampMs: at - (n % 900),
    receivedAtMs: at,
    originalTimestampMs: at - (n % 900) - 40,
    sentAtMs: at - 40,
  }
}

/** Commits of two events each. */
export const entriesOf = (count: number): OutboxEntry[] =>
  Array.from({ length: count }, (_, n) => {
    const records = [eventRecord(2 * n), eventRecord(2 * n + 1)]
    return { seq: n + 1, receivedMs: START_MS, body: JSON.stringify({ v: 1, records }) }
  })

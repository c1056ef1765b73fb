/** A batch of one person's events, as analytics.js would send a visit that was offline for a while. */
import { random } from '../harness/random.ts'
import { WRITE_KEY } from './configuration.ts'
import { EVENTS } from './words.ts'

export const EVENTS_A_BATCH = 50
const MARK = '%MARK%'

/** The n-th batch of somebody; no two have a messageId in common. */
export function batchOf(anonymousId: string): (n: number) => string {
  const r = random(anonymousId.length)
  const sentAt = '2026-10-01T03:00:00.000Z'
  const batch = Array.from({ length: EVENTS_A_BATCH }, (_, i) => ({
    type: i % 5 === 0 ? 'page' : 'track',
    messageId: `ajs-next-${MARK}-${i}`,
    anonymousId,
    ...(i % 5 === 0 ? { name: 'ニット' } : { event: r.pick(EVENTS) }),
    originalTimestamp: `2026-10-01T02:${String(i).padStart(2, '0')}:07.250Z`,
    properties: {
      product_id: `K-${r.below(400)}`,
      name: `ラムウール クルーネック ${r.below(400)}`,
      price: 12_800 + r.below(50) * 100,
      currency: 'JPY',
      url: `https://shop.example/products/K-${r.below(400)}`,
    },
    context: {
      page: { path: '/products/K-104', referrer: 'https://www.google.com/', title: '糸と布' },
      userAgent: 'Mozilla/5.0 (X11; Linux x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0',
      locale: 'ja-JP',
      timezone: 'Asia/Tokyo',
      library: { name: 'tsugi.js', version: '0.1.0' },
      sessionId: `s-${r.below(5000)}`,
    },
  }))
  const text = JSON.stringify({ writeKey: WRITE_KEY, sentAt, batch })
  return (n) => text.replaceAll(MARK, `${anonymousId.slice(-4)}-${String(n).padStart(7, '0')}`)
}

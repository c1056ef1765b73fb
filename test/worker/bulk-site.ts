/** The site that lists of people are decided for, and how it is asked. */
import type { Release } from '../../worker/core/release/release.ts'
import type { BulkRun } from '../../worker/flow/decide-bulk.ts'
import { call, SECRET_KEY, WRITE_KEY } from './site.ts'
import { action, ONCE_EACH, placement, policy, siteWith } from './site-parts.ts'

export const site = () =>
  siteWith({
    placements: ['mail', 'coupon', 'rare', 'pair'].map((key) => placement(key)),
    actions: [
      action('rare', { stock: 60 }),
      action('pair', { stock: 2 }),
      action('once', ONCE_EACH),
    ],
    policies: [
      policy('mail-pros', 'mail', ['pro-offer'], { priority: 2, audience: { segment: 'pro' } }),
      policy('mail-rest', 'mail', ['welcome']),
      policy('rares', 'rare', ['rare', 'welcome']),
      policy('coupons', 'coupon', ['once']),
      policy('pairs', 'pair', ['pair']),
    ],
  })

export type Line = Record<string, unknown>
// oxlint-disable-next-line typescript/no-explicit-any -- tests read whatever came back
export type Told = any

export const text = (lines: readonly (Line | string)[]): string =>
  lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n')

export async function ask(lines: readonly (Line | string)[], key = SECRET_KEY) {
  const answer = await call('/v1/decide/bulk', {
    method: 'POST',
    body: text(lines),
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/x-ndjson' },
  })
  const told: Told[] =
    typeof answer.body === 'string'
      ? answer.body.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]))
      : [answer.body]
  return { ...answer, told }
}
export const actionIn = (told: Told, placement: string): string | undefined =>
  told.decisions?.[placement].items[0]?.action

/** One question about one placement, as the flow takes it. */
export const runOf = (release: Release, placement: string, run: string): BulkRun => ({
  release,
  source: release.sourceByWriteKey.get(WRITE_KEY)!,
  question: { placements: [placement], run },
  placements: [release.placements.get(placement)!],
  nowMs: Date.now(),
  receivedAtMs: Date.now(),
  requestId: 'r',
})

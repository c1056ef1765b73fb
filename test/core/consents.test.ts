import { describe, expect, it } from 'vitest'
import { effectiveConsent } from '../../worker/core/profile/consents.ts'
import type { EventRecord } from '../../worker/core/record.ts'
import { folded, rules } from './people.ts'

let id = 0
const chose = (device: string, choices: Record<string, boolean>, minute: number): EventRecord => ({
  type: 'track',
  event: '$consent',
  messageId: `c${++id}`,
  source: 's',
  profileId: 'p',
  epoch: 1,
  anonymousId: device,
  properties: choices,
  timestampMs: Date.UTC(2026, 0, 1) + minute * 60_000,
  receivedAtMs: Date.UTC(2026, 0, 1) + minute * 60_000,
  originalTimestampMs: null,
  sentAtMs: null,
})
const effective = (records: readonly EventRecord[], purpose: string) =>
  effectiveConsent(folded(records).consents, purpose)

describe('consent', () => {
  it('is unknown, granted or denied, and any device’s denial denies', () => {
    expect(effective([], 'email')).toBeUndefined()
    const granted = chose('phone', { email: true }, 1)
    expect(effective([granted], 'email')).toBe(true)
    expect(effective([granted, chose('laptop', { email: false }, 0)], 'email')).toBe(false)
    expect(effective([granted], 'analytics')).toBeUndefined()
  })

  it('is each device’s latest choice, in whatever order it arrives', () => {
    const no = chose('phone', { email: false }, 1)
    const yes = chose('phone', { email: true }, 2)
    expect([effective([no, yes], 'email'), effective([yes, no], 'email')]).toEqual([true, true])
  })

  it('never turns a denial into a grant, however much is chosen', () => {
    const { consents: cap } = rules().caps
    const denied = chose('phone', { sale_or_sharing: false }, 0)
    const grants = Array.from({ length: cap * 5 }, (_, i) =>
      chose(`d${i}`, { sale_or_sharing: true, email: true }, i + 1),
    )
    expect(effective([denied, ...grants], 'sale_or_sharing')).toBe(false)
    const denials = Array.from({ length: cap * 5 }, (_, i) =>
      chose(`e${i}`, { other: false }, i + 1),
    )
    expect(effective([denied, ...denials, ...grants], 'sale_or_sharing')).toBe(false)
  })

  it('hears Global Privacy Control', () => {
    const page = { ...chose('phone', {}, 1), event: 'E', context: { gpc: true } }
    expect(effective([page], 'sale_or_sharing')).toBe(false)
  })
})

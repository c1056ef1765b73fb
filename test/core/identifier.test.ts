import { identityRules, isBlocked } from '../../worker/core/identity/rules.ts'
import { describe, expect, it } from 'vitest'
import { normalizeIdentifier } from '../../worker/core/identity/identifier.ts'

const identity = identityRules({
  workspace: { name: 'W', timeZone: 'UTC', phoneRegion: 'JP' },
  identity: { blocked: ['Demo＠example.com'], limits: {} },
})

const normal = (type: string, raw: unknown, region = 'JP') =>
  normalizeIdentifier(type, raw, region)?.value ?? null

describe('identifiers in one spelling', () => {
  it.each([
    ['phone', '０９０-1234-5678', '+819012345678'],
    ['phone', '+81 90 1234 5678', '+819012345678'],
    ['phone', '090 1234 5678', '+819012345678'],
    ['phone', '(03) 1234-5678', '+81312345678'],
    ['phone', '+1 212 555 0123', '+12125550123'],
    ['phone', '12', null],
    ['phone', 'call me', null],
    ['email', ' Taro@Example.com ', 'taro@example.com'],
    ['email', 'ｔａｒｏ＠example.com', 'taro@example.com'],
    ['email', 'nobody', null],
    ['email', 'a b@example.com', null],
    ['user_id', 42, '42'],
    ['user_id', '  U-1 ', 'U-1'],
    ['user_id', 'Case Matters', 'Case Matters'],
    ['user_id', '', null],
    ['user_id', '   ', null],
    ['user_id', 'x'.repeat(129), null],
    ['user_id', 'あ'.repeat(43), null],
    ['user_id', 'lone \ud800', null],
    ['user_id', {}, null],
    ['user_id', null, null],
  ])('%s %j is %j', (type, raw, expected) => {
    expect(normal(type, raw)).toBe(expected)
  })

  it('reads a phone without a country code in the workspace’s region', () => {
    expect(normal('phone', '020 7946 0018', 'GB')).toBe('+442079460018')
  })

  it.each([
    'null',
    'undefined',
    'None',
    '0',
    '000',
    '00000000-0000-0000-0000-000000000000',
    '[object Object]',
    'N/A',
    '-1',
    'demo@example.com',
  ])('blocks %j', (value) => {
    expect(isBlocked({ type: 'user_id', value }, identity)).toBe(true)
  })
  it.each(['nullable', '10', 'guest-7', 'test-user'])('lets %j pass', (value) => {
    expect(isBlocked({ type: 'user_id', value }, identity)).toBe(false)
  })
})

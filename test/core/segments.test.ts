/** What is known of a segment before anybody is asked about. */
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { configuration } from '../../worker/contract/config.ts'
import { compileRelease } from '../../worker/core/release/compile.ts'

type Segments = readonly (readonly [key: string, when: unknown])[]

function segmentsOf(segments: Segments, more: object = {}) {
  const config = v.parse(configuration, {
    workspace: { name: 'W' },
    sources: [{ key: 's', name: 'S', writeKey: 'wk_test' }],
    segments: segments.map(([key, when]) => ({ key, name: key, when })),
    ...more,
  })
  const release = compileRelease(config, { number: 1, epoch: 1, stopped: false })
  return new Map(release.segments.map((segment) => [segment.key, segment]))
}

describe('request-scoped segments', () => {
  it('read the request themselves or through another segment', () => {
    const segments = segmentsOf([
      ['pro', { trait: 'plan', eq: 'pro' }],
      [
        'mail',
        { any: [{ trait: 'x', eq: 1 }, { not: { context: 'campaign.medium', eq: 'email' } }] },
      ],
      ['pro-mail', { all: [{ segment: 'pro' }, { segment: 'mail' }] }],
      ['further', { segment: 'pro-mail' }],
      ['of-pro', { not: { segment: 'pro' } }],
    ])
    const scoped = [...segments.values()].filter((s) => s.requestScoped).map((s) => s.key)
    expect(scoped).toEqual(['mail', 'pro-mail', 'further'])
  })
})

describe('the version of a segment', () => {
  const base: Segments = [
    ['a', { trait: 'plan', eq: 'pro' }],
    ['b', { segment: 'a' }],
    ['c', { trait: 'city', eq: 'Tokyo' }],
  ]
  const versions = (segments: Segments, more: object = {}) =>
    Object.fromEntries([...segmentsOf(segments, more)].map(([key, { version }]) => [key, version]))

  it('stays while nothing it reaches changes, whatever it is called and wherever it stands', () => {
    const [first, second, third] = base as [Segments[0], Segments[0], Segments[0]]
    expect(versions([third, second, first])).toEqual(versions(base))
  })

  it('changes with a segment that it reaches, and only then', () => {
    const before = versions(base)
    const after = versions([['a', { trait: 'plan', eq: 'team' }], ...base.slice(1)])
    expect(after['a']).not.toBe(before['a'])
    expect(after['b']).not.toBe(before['b'])
    expect(after['c']).toBe(before['c'])
  })

  it('changes with the workspace’s calendar where it goes by one, and only there', () => {
    const dated: Segments = [
      ['d', { event: 'X', in: 'today' }],
      ['e', { event: 'X' }],
    ]
    const [utc, tokyo] = ['UTC', 'Asia/Tokyo'].map((timeZone) =>
      versions(dated, { workspace: { name: 'W', timeZone } }),
    )
    expect(tokyo?.['d']).not.toBe(utc?.['d'])
    expect(tokyo?.['e']).toBe(utc?.['e'])
  })

  it('changes with an aggregate that it reads', () => {
    const spent = (last: string) => ({
      aggregates: [
        { key: 'n', name: 'N', event: 'Order Completed', compute: 'count' as const, last },
      ],
    })
    const reads: Segments = [['d', { aggregate: 'n', gte: 1 }], ...base]
    const [short, long] = [versions(reads, spent('7d')), versions(reads, spent('8d'))]
    expect(long['d']).not.toBe(short['d'])
    expect(long['a']).toBe(short['a'])
  })
})

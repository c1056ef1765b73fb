/** What a thousand segments cost, in what is read: values and events are looked at once, not once a leaf. */
import { describe, expect, it } from 'vitest'
import type { Condition } from '../../worker/contract/condition.ts'
import { conditionCompiler } from '../../worker/core/condition/compile.ts'
import { factsOf } from '../../worker/core/condition/facts.ts'
import type { Profile } from '../../worker/core/profile/profile.ts'
import { blank } from './people.ts'
import { namesOf } from './setting.ts'

const NOW_MS = Date.UTC(2027, 0, 31)
const DAY_MS = 86_400_000

/** Counts how often a trait's value, and how often a name of an event, is read. */
function watched(): {
  readonly profile: Profile
  readonly reads: { traits: number; events: number }
} {
  const reads = { traits: 0, events: 0 }
  const trait = {
    at: [0, ''] as const,
    source: 'site',
    get value() {
      reads.traits++
      return 500
    },
  }
  const recent = Array.from({ length: 100 }, (_, i): Profile['recent'][number] => {
    const entry = [NOW_MS - (100 - i) * (DAY_MS / 4), String(i), 'Viewed', { price: i }] as const
    return new Proxy(entry, {
      get(target, name) {
        if (name === '3') reads.events++
        return Reflect.get(target, name) as unknown
      },
    })
  })
  return { profile: { ...blank(), traits: { spent: trait }, recent }, reads }
}

function ask(conditions: readonly Condition[], indexed: boolean) {
  const compile = conditionCompiler(namesOf(), indexed)
  const segments = conditions.map((when) => ({ condition: compile(when) }))
  const { profile, reads } = watched()
  const facts = factsOf(segments, profile, {}, NOW_MS)
  return { held: segments.filter((_, i) => facts.segment(i)).length, reads }
}

const thousand = (leafOf: (i: number) => Condition): Condition[] =>
  Array.from({ length: 1000 }, (_, i) => leafOf(i))

describe('of a thousand different leaves', () => {
  it('those on one trait read it no oftener than it takes to see that many are asked', () => {
    const spenders = thousand((i) => ({ trait: 'spent', gte: i }))
    expect(ask(spenders, true)).toEqual({ held: 501, reads: { traits: 32, events: 0 } })
    expect(ask(spenders, false)).toEqual({ held: 501, reads: { traits: 1000, events: 0 } })
  })

  it('those on one event put its filter to each event once', () => {
    const viewers = thousand((i) => ({
      event: 'Viewed',
      count: { gte: 1 + Math.floor(i / 30) },
      last: `${1 + (i % 30)}d`,
      where: { property: 'price', gte: 50 },
    }))
    const { held, reads } = ask(viewers, true)
    expect(reads).toEqual({ traits: 0, events: 100 })
    expect(held).toBe(ask(viewers, false).held)
    expect(held).toBeGreaterThan(100)
  })

  it('a few that are asked read what they need and no more', () => {
    const compile = conditionCompiler(namesOf())
    const segments = thousand((i) => ({ trait: 'spent', gte: i })).map((when) => ({
      condition: compile(when),
    }))
    const { profile, reads } = watched()
    const facts = factsOf(segments, profile, {}, NOW_MS)
    expect([facts.segment(500), facts.segment(501), facts.segment(500)]).toEqual([
      true,
      false,
      true,
    ])
    expect(reads.traits).toBe(2)
  })
})

it('segments of two compilers are not asked together', () => {
  const segments = [{ trait: 'a' }, { trait: 'b' }].map((when) => ({
    condition: conditionCompiler(namesOf())(when),
  }))
  expect(() => factsOf(segments, blank(), {}, NOW_MS)).toThrow('compiled apart')
})

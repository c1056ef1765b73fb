/** Segments that ask for traits, and people who have every one of them: peers differ on what is missing. */
import type { Condition, Operators } from '../../worker/contract/condition.ts'
import type { JsonValue } from '../../worker/contract/message.ts'
import { emptyProfile, type Profile } from '../../worker/core/profile/profile.ts'
import { random, type Random } from '../harness/random.ts'
import { NOW_MS } from '../shop/words.ts'

interface TraitKind {
  readonly name: string
  readonly valueOf: (r: Random) => JsonValue
  readonly testOf: (r: Random) => Operators
}

const numbered = (name: string, n: number): string[] =>
  Array.from({ length: n }, (_, i) => `${name}-${i}`)

function textTrait(i: number): TraitKind {
  const values = numbered(`text${i}`, 4 + (i % 5) * 4)
  return {
    name: `text${i}`,
    valueOf: (r) => r.pick(values),
    testOf: (r) => {
      const kind = r.below(10)
      if (kind < 5) return { eq: r.pick(values) }
      return kind < 8 ? { in: r.some(values, 2 + r.below(2)) } : { ne: r.pick(values) }
    },
  }
}

const numberTrait = (i: number): TraitKind => ({
  name: `number${i}`,
  valueOf: (r) => r.below(1000),
  testOf: (r) => (r.next() < 0.5 ? { gte: r.below(100) * 10 } : { lt: r.below(100) * 10 }),
})

const flagTrait = (i: number): TraitKind => ({
  name: `flag${i}`,
  valueOf: (r) => r.next() < 0.5,
  testOf: (r) => ({ eq: r.next() < 0.5 }),
})

function listTrait(i: number): TraitKind {
  const tags = numbered('tag', 30)
  return {
    name: `list${i}`,
    valueOf: (r) => r.some(tags, 6),
    testOf: (r) => ({ contains: r.pick(tags) }),
  }
}

const several = (n: number, kind: (i: number) => TraitKind): TraitKind[] =>
  Array.from({ length: n }, (_, i) => kind(i))

const TRAITS: readonly TraitKind[] = [
  ...several(16, textTrait),
  ...several(12, numberTrait),
  ...several(8, flagTrait),
  ...several(4, listTrait),
]

const leafOf = (r: Random): Condition => {
  const { name, testOf } = r.pick(TRAITS)
  return { trait: name, ...testOf(r) }
}

/** Four leaves each; most want all of them, some have a choice or an exception. */
export function conditionsOf(count: number, seed = 1): Condition[] {
  const r = random(seed)
  return Array.from({ length: count }, (): Condition => {
    const [a, b, c, d] = [leafOf(r), leafOf(r), leafOf(r), leafOf(r)]
    const shape = r.below(20)
    if (shape < 12) return { all: [a, b, c, d] }
    return shape < 17 ? { all: [a, { any: [b, c] }, d] } : { all: [a, b, c, { not: d }] }
  })
}

/** No two leaves are equal, so that nothing can be shared between segments. */
export const unsharedOf = (count: number): Condition[] =>
  Array.from({ length: count }, (_, i) => ({
    all: Array.from({ length: 4 }, (_, j) => ({
      trait: `number${(i + j) % 12}`,
      [j % 2 === 0 ? 'gte' : 'lt']: ((i * 4 + j) * 1000) / (count * 4),
    })),
  }))

export interface Person {
  readonly profile: Profile
  /** The same traits as the peers want them. */
  readonly traits: Readonly<Record<string, JsonValue>>
}

export function peopleOf(count: number): Person[] {
  return Array.from({ length: count }, (_, n) => {
    const r = random(1000 + n)
    const traits = Object.fromEntries(TRAITS.map(({ name, valueOf }) => [name, valueOf(r)]))
    const marked = Object.entries(traits).map(([name, value]) => [
      name,
      { value, at: [NOW_MS, name], source: 'site' },
    ])
    const profile = emptyProfile(`person-${n}`, `anonymous_id:${n}`)
    const person = { traits, profile: { ...profile, traits: Object.fromEntries(marked) } }
    // As out of a store: an object that was parsed is read faster than one put together by names.
    return JSON.parse(JSON.stringify(person)) as Person
  })
}

/** The next moment at which time alone could change an answer: never late, and sharp for one leaf alone. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Condition } from '../../worker/contract/condition.ts'
import { needOf } from '../../worker/core/aggregate/needs.ts'
import { conditionCompiler, type CompiledCondition } from '../../worker/core/condition/compile.ts'
import { factsOf } from '../../worker/core/condition/facts.ts'
import { propertyReads } from '../../worker/core/condition/reads.ts'
import { CAPS } from '../../worker/core/profile/caps.ts'
import { fold } from '../../worker/core/profile/fold.ts'
import type { Profile } from '../../worker/core/profile/profile.ts'
import type { EventRecord } from '../../worker/core/record.ts'
import { blank, rules } from './people.ts'
import { namesOf, UTC_SETTING } from './setting.ts'

const NOW_MS = Date.UTC(2026, 2, 1, 12)
const SECOND_MS = 1000
const WINDOWS = ['1s', '5s', '1m', '1h'] as const
const OFFSETS = ['-5s', '-1m', '+5s', '-1h'] as const

const aggregate = needOf({ event: 'a', compute: 'count', last: '1h' }, UTC_SETTING)
const segmentConditions: Condition[] = [
  { event: 'a', last: '1m' },
  { any: [{ segment: 's0' }, { trait: 'at', after: '-5s' }] },
]
const compileAll = () => {
  const compile = conditionCompiler(
    namesOf({ segmentIndex: (key) => Number(key.slice(1)), aggregate: () => aggregate }),
  )
  return { compile, segments: segmentConditions.map((when) => ({ condition: compile(when) })) }
}

const count = fc.oneof(
  fc.record({ gte: fc.integer({ min: 0, max: 4 }) }),
  fc.record({ eq: fc.integer({ min: 0, max: 4 }) }),
  fc.record({ lt: fc.integer({ min: 0, max: 4 }) }),
)
const leaf: fc.Arbitrary<Condition> = fc.oneof(
  fc.record({ event: fc.constantFrom('a', 'b'), count, last: fc.constantFrom(...WINDOWS) }),
  fc.record({
    event: fc.constant('a'),
    count,
    where: fc.record({ property: fc.constant('at'), before: fc.constantFrom(...OFFSETS) }),
  }),
  fc.record({ trait: fc.constant('at'), before: fc.constantFrom(...OFFSETS) }),
  fc.record({ trait: fc.constant('at'), after: fc.constantFrom(...OFFSETS) }),
  fc.record({ seen: fc.constantFrom('first', 'last'), after: fc.constantFrom(...OFFSETS) }),
  fc.record({ aggregate: fc.constant('n'), gte: fc.integer({ min: 0, max: 4 }) }),
  fc.record({ segment: fc.constantFrom('s0', 's1') }),
  fc.record({ trait: fc.constant('plan'), eq: fc.constantFrom('pro', 'free') }),
)
const { tree } = fc.letrec<{ tree: Condition }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3 },
    leaf,
    fc.record({ all: fc.array(tie('tree'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ any: fc.array(tie('tree'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ not: tie('tree') }),
  ),
}))

const agoMs = fc.oneof(
  fc.integer({ min: -2, max: 70 }).map((seconds) => seconds * SECOND_MS),
  fc.integer({ min: 0, max: 7_400_000 }),
)
const profile: fc.Arbitrary<Profile> = fc
  .record({
    events: fc.array(fc.record({ event: fc.constantFrom('a', 'b'), agoMs, at: agoMs }), {
      maxLength: 8,
      size: 'max',
    }),
    traitAgoMs: agoMs,
  })
  .map(({ events, traitAgoMs }) => {
    const base = {
      source: 's',
      profileId: 'p',
      epoch: 1,
      originalTimestampMs: null,
      sentAtMs: null,
    }
    const records = events.map(({ event, agoMs, at }, i): EventRecord => ({
      ...base,
      type: 'track',
      event,
      messageId: `m${i}`,
      properties: { at: NOW_MS - at },
      timestampMs: NOW_MS - agoMs,
      receivedAtMs: NOW_MS - agoMs,
    }))
    const identify: EventRecord = {
      ...base,
      type: 'identify',
      messageId: 'i',
      traits: { at: NOW_MS - traitAgoMs, plan: 'pro' },
      timestampMs: NOW_MS - 7_500_000,
      receivedAtMs: NOW_MS - 7_500_000,
    }
    const reads = propertyReads(
      [{ event: 'a', where: { property: 'at', exists: true } }],
      [],
      UTC_SETTING,
    )
    return fold(
      blank(),
      [identify, ...records],
      rules({ caps: CAPS, reads, aggregates: [aggregate] }),
    )
  })

/** Moments at which something about such people changes, and a millisecond around. */
const moments = (person: Profile): number[] => {
  const bases = [
    ...person.recent.flatMap(([atMs, , , properties]) => [
      atMs,
      properties === 0 ? 0 : Number(properties['at']),
    ]),
    Number(person.traits['at']?.value),
    ...Array.from({ length: 130 }, (_, i) => Math.floor(NOW_MS / 60_000) * 60_000 + i * 60_000),
  ]
  const spans = [0, 1, 5, 60, 3600].flatMap((seconds) => [seconds * 1000, -seconds * 1000])
  return [
    ...new Set(
      bases.flatMap((base) => spans.flatMap((span) => [-1, 0, 1].map((d) => base + span + d))),
    ),
  ]
}

type NextOf = (condition: CompiledCondition, facts: ReturnType<typeof factsOf>) => number
const honest: NextOf = (condition, facts) => condition.nextChangeMs(facts)

const neverLate = (nextOf: NextOf) =>
  fc.property(tree, profile, (condition, person) => {
    const { compile, segments } = compileAll()
    const compiled = compile(condition)
    const at = (ms: number) => factsOf(segments, person, {}, ms)
    const now = compiled.holds(at(NOW_MS))
    const nextMs = nextOf(compiled, at(NOW_MS))
    expect(nextMs).toBeGreaterThan(NOW_MS)
    const changed = moments(person).find(
      (ms) => ms > NOW_MS && ms < nextMs && compiled.holds(at(ms)) !== now,
    )
    expect(changed).toBeUndefined()
  })

describe('the next moment at which time alone could change an answer', () => {
  it('is never late', () => {
    fc.assert(neverLate(honest), { numRuns: 500 })
  })

  it('has teeth: a millisecond late is caught, and so is a rule that forgets a part', () => {
    const late: NextOf = (condition, facts) => honest(condition, facts) + 1
    expect(() => fc.assert(neverLate(late), { numRuns: 500 })).toThrow()
    const never: NextOf = () => Infinity
    expect(() => fc.assert(neverLate(never), { numRuns: 500 })).toThrow()
  })

  it('is sharp for a leaf: then, the answer is another', () => {
    fc.assert(
      fc.property(leaf, profile, (condition, person) => {
        const { compile, segments } = compileAll()
        const compiled = compile(condition)
        const nextMs = compiled.nextChangeMs(factsOf(segments, person, {}, NOW_MS))
        fc.pre(nextMs !== Infinity && !('segment' in condition))
        const answerAt = (ms: number) => compiled.holds(factsOf(segments, person, {}, ms))
        expect(answerAt(nextMs)).toBe(!answerAt(NOW_MS))
      }),
      { numRuns: 500 },
    )
  })

  it('is asked of no clockless condition', () => {
    const { compile, segments } = compileAll()
    const compiled = compile({ all: [{ trait: 'plan', eq: 'pro' }, { event: 'a' }] })
    expect(compiled.nextChangeMs(factsOf(segments, blank(), {}, NOW_MS))).toBe(Infinity)
  })
})

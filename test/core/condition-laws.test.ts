/** Compiled conditions against a plain evaluator, and the laws of logic. */
import * as v from 'valibot'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { condition as schema, type Condition } from '../../worker/contract/condition.ts'
import { conditionCompiler } from '../../worker/core/condition/compile.ts'
import { factsOf, type Facts } from '../../worker/core/condition/facts.ts'
import {
  ARBITRARY_SEGMENTS,
  context,
  foldedPerson,
  leaf,
  NOW_MS,
  person,
  tree,
  ZONES,
} from './arbitrary-conditions.ts'
import { plainly } from './plain-conditions.ts'
import type { PlainPerson } from './plain-question.ts'
import { namesOf, zoned } from './setting.ts'
import { expectCaught } from './teeth.ts'

const numRuns = Number(process.env['TSUGI_RUNS'] ?? 400)
const WEEK_STARTS = ['monday', 'sunday', 'saturday'] as const

interface World {
  readonly person: PlainPerson
  readonly context: Parameters<typeof factsOf>[2]
  readonly timeZone: string
  readonly weekStart: (typeof WEEK_STARTS)[number]
}
const world: fc.Arbitrary<World> = fc.record({
  person,
  context,
  timeZone: fc.constantFrom(...ZONES),
  weekStart: fc.constantFrom(...WEEK_STARTS),
})

const keys = Object.keys(ARBITRARY_SEGMENTS)

/** A compiler of its own, and the facts to ask it about. */
function placed(w: World, conditions: readonly Condition[], indexed = true) {
  const setting = zoned(w.timeZone, w.weekStart)
  const compile = conditionCompiler(
    namesOf({ ...setting, segmentIndex: (key) => keys.indexOf(key) }),
    indexed,
  )
  const segments = Object.values(ARBITRARY_SEGMENTS).map((when) => ({ condition: compile(when) }))
  const profile = foldedPerson(
    w.person,
    [...conditions, ...Object.values(ARBITRARY_SEGMENTS)],
    setting,
  )
  const facts: Facts = factsOf(segments, profile, w.context, NOW_MS)
  return { compile, facts }
}
const plain = (condition: Condition, w: World): boolean =>
  plainly(condition, { ...w, nowMs: NOW_MS, segments: ARBITRARY_SEGMENTS })

describe('compiled conditions', () => {
  it('are conditions to the schema', () => {
    fc.assert(
      fc.property(tree, (condition) => {
        expect(v.safeParse(schema, condition).issues).toBeUndefined()
      }),
      { numRuns },
    )
  })

  it('answer as the plain evaluator does, leaf by leaf', () => {
    const answers = { held: 0, failed: 0 }
    fc.assert(
      fc.property(leaf, world, (condition, w) => {
        const { compile, facts } = placed(w, [condition])
        const expected = plain(condition, w)
        answers[expected ? 'held' : 'failed']++
        const compiled = compile(condition)
        expect(compiled.holds(facts)).toBe(expected)
        expect(compiled.trace(facts).holds).toBe(expected)
      }),
      { numRuns: numRuns * 5 },
    )
    // Neither answer is a rarity.
    expect(Math.min(answers.held, answers.failed)).toBeGreaterThan(numRuns)
  })

  it('answer as it does for whole trees that share one table', () => {
    fc.assert(
      fc.property(fc.array(tree, { minLength: 1, maxLength: 5 }), world, (conditions, w) => {
        const { compile, facts } = placed(w, conditions)
        const compiled = conditions.map((condition) => compile(condition))
        for (const [i, condition] of conditions.entries()) {
          expect(compiled[i]?.holds(facts)).toBe(plain(condition, w))
        }
      }),
      { numRuns },
    )
  })

  it('has teeth: a window without an end is caught', () => {
    const broken = (condition: Condition): Condition => {
      if (!('event' in condition)) return condition
      const { last: _last, ...rest } = condition
      return rest
    }
    expectCaught(
      fc.property(leaf, world, (condition, w) => {
        const { compile, facts } = placed(w, [condition])
        expect(compile(broken(condition)).holds(facts)).toBe(plain(condition, w))
      }),
    )
  })
})

describe('leaves that are answered together', () => {
  const together = fc.array(fc.oneof(leaf, tree), { minLength: 1, maxLength: 40, size: 'max' })
  const answersOf = (conditions: readonly Condition[], w: World, indexed: boolean) => {
    const { compile, facts } = placed(w, conditions, indexed)
    const compiled = conditions.map((condition) => compile(condition))
    return compiled.map(({ holds, nextChangeMs }) => [holds(facts), nextChangeMs(facts)])
  }

  it('are answered as each by itself is, and change at the same moment', () => {
    fc.assert(
      fc.property(together, world, (conditions, w) => {
        expect(answersOf(conditions, w, true)).toEqual(answersOf(conditions, w, false))
      }),
      { numRuns },
    )
  })

  it.each([
    ['a limit that is one off', { least: 1 }],
    ['a filter that is forgotten', { where: undefined }],
    ['a value taken for another', { eq: 'a' }],
  ])('has teeth: %s is caught', (_name, spoiled) => {
    const spoil = (condition: Condition): Condition => {
      if ('trait' in condition && 'eq' in spoiled && condition.eq !== undefined)
        return { ...condition, ...spoiled }
      if (!('event' in condition)) return condition
      if ('where' in spoiled) {
        const { where: _where, ...rest } = condition
        return rest
      }
      const { gte } = condition.count ?? {}
      return gte === undefined ? condition : { ...condition, count: { gte: gte + 1 } }
    }
    expectCaught(
      fc.property(together, world, (conditions, w) => {
        expect(answersOf(conditions.map(spoil), w, true)).toEqual(answersOf(conditions, w, false))
      }),
    )
  })
})

describe('the laws of logic', () => {
  const holds = (condition: Condition, w: World): boolean => {
    const { compile, facts } = placed(w, [condition])
    return compile(condition).holds(facts)
  }

  it('not not', () => {
    fc.assert(
      fc.property(tree, world, (condition, w) => {
        expect(holds({ not: { not: condition } }, w)).toBe(holds(condition, w))
      }),
      { numRuns },
    )
  })

  it('De Morgan', () => {
    fc.assert(
      fc.property(fc.array(tree, { minLength: 1, maxLength: 3 }), world, (parts, w) => {
        const negated = parts.map((not) => ({ not }))
        expect(holds({ not: { all: parts } }, w)).toBe(holds({ any: negated }, w))
        expect(holds({ not: { any: parts } }, w)).toBe(holds({ all: negated }, w))
      }),
      { numRuns },
    )
  })

  it('the order of parts does not matter', () => {
    const shuffled = fc
      .array(tree, { minLength: 2, maxLength: 4 })
      .chain((parts) =>
        fc.tuple(
          fc.constant(parts),
          fc.shuffledSubarray(parts, { minLength: parts.length, maxLength: parts.length }),
        ),
      )
    fc.assert(
      fc.property(shuffled, world, ([parts, others], w) => {
        expect(holds({ all: parts }, w)).toBe(holds({ all: others }, w))
        expect(holds({ any: parts }, w)).toBe(holds({ any: others }, w))
      }),
      { numRuns },
    )
  })

  it('ne is not eq, nin is not in, none is not any, whatever the value', () => {
    const operand = fc.oneof(
      fc.constantFrom<string | number | boolean>('a', 'ａ', 1, true, ''),
      fc.record({ trait: fc.constantFrom('x', 'y') }),
    )
    const list = fc.array(fc.constantFrom<string | number>('a', 'b', 1), { maxLength: 3 })
    fc.assert(
      fc.property(operand, list, world, (wanted, among, w) => {
        const trait = 'x'
        expect(holds({ trait, ne: wanted }, w)).toBe(!holds({ trait, eq: wanted }, w))
        expect(holds({ trait, nin: among }, w)).toBe(!holds({ trait, in: among }, w))
        const one = { eq: wanted }
        expect(holds({ trait, none: one }, w)).toBe(!holds({ trait, any: one }, w))
        // Of lists only: of what is none, neither all nor any hold.
        const isList = Array.isArray(w.person.traits[trait])
        expect(holds({ trait, all: { not: one } }, w)).toBe(
          isList && holds({ trait, none: one }, w),
        )
      }),
      { numRuns },
    )
  })
})

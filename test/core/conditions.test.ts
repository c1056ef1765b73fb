/** The cases of test/core/cases/conditions.json: [name, condition, person, expected, why]. */
import * as v from 'valibot'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { condition as schema, type Condition } from '../../worker/contract/condition.ts'
import type { JsonObject, JsonValue } from '../../worker/contract/message.ts'
import { conditionCompiler } from '../../worker/core/condition/compile.ts'
import { propertyReads } from '../../worker/core/condition/reads.ts'
import { factsOf, type Facts } from '../../worker/core/condition/facts.ts'
import type { Names } from '../../worker/core/condition/leaf.ts'
import { CAPS } from '../../worker/core/profile/caps.ts'
import { fold } from '../../worker/core/profile/fold.ts'
import type { EventRecord } from '../../worker/core/record.ts'
import cases from './cases/conditions.json' with { type: 'json' }
import { blank, rules } from './people.ts'

interface Person {
  readonly traits?: JsonObject
  readonly context?: JsonObject
  readonly events?: readonly (readonly [at: string, event: string, properties?: JsonObject])[]
}
type Case = readonly [
  name: string,
  condition: Condition,
  person: Person,
  expected: boolean,
  why: string,
]

const NOW_MS = Date.UTC(2026, 2, 1, 12)

const SEGMENTS: Record<string, Condition> = {
  adult: { trait: 'age', gte: 18 },
  'adult-in-tokyo': { all: [{ segment: 'adult' }, { trait: 'city', eq: 'Tokyo' }] },
}
const names: Names = {
  segmentIndex: (key) => Object.keys(SEGMENTS).indexOf(key),
  aggregate: (key) => {
    throw new Error(`no case has the aggregate ${key}`)
  },
}
const compile = conditionCompiler(names)
const segments = Object.entries(SEGMENTS).map(([key, when]) => ({
  key,
  condition: compile(when),
}))

const base = { source: 'test', profileId: 'p', epoch: 1, originalTimestampMs: null, sentAtMs: null }

function recordsOf({ traits, events = [] }: Person): EventRecord[] {
  const records = events.map(([at, event, properties], i): EventRecord => {
    const timestampMs = Date.parse(at)
    const isPage = event === '$page'
    return {
      ...base,
      type: isPage ? 'page' : 'track',
      messageId: `e${i}`,
      ...(isPage ? {} : { event }),
      ...(properties === undefined ? {} : { properties }),
      timestampMs,
      receivedAtMs: timestampMs,
    }
  })
  if (traits === undefined) return records
  const identify = {
    ...base,
    type: 'identify' as const,
    messageId: 'i',
    traits,
    timestampMs: NOW_MS,
    receivedAtMs: NOW_MS,
  }
  return [...records, identify]
}

/** Through the real fold, under the reads that the condition itself asks for. */
function facts(condition: Condition, person: Person): Facts {
  const profile = fold(
    blank(),
    recordsOf(person),
    rules({ caps: CAPS, reads: propertyReads([condition]) }),
  )
  return factsOf(segments, profile, person.context ?? {}, NOW_MS)
}

describe('conditions', () => {
  it.each(cases as unknown as Case[])('%s', (_name, condition, person, expected) => {
    expect(v.safeParse(schema, condition).success).toBe(true)
    const compiled = compile(condition)
    const asked = facts(condition, person)
    expect(compiled.holds(asked)).toBe(expected)
    expect(compiled.trace(asked).holds).toBe(expected)
    expect(compile({ not: condition }).holds(asked)).toBe(!expected)
  })
})

const value: fc.Arbitrary<JsonValue> = fc.oneof(
  fc.constantFrom('a', 'b', 'ａ', '2026-01-01', ''),
  fc.integer({ min: -2, max: 2 }),
  fc.boolean(),
  fc.constant(null),
  fc.array(fc.constantFrom('a', 'b'), { maxLength: 2 }),
)
const scalar = fc.oneof(fc.constantFrom('a', 'b'), fc.integer({ min: -2, max: 2 }), fc.boolean())
const leaf: fc.Arbitrary<Condition> = fc.oneof(
  fc.record({ trait: fc.constantFrom('x', 'y'), eq: scalar }),
  fc.record({ trait: fc.constantFrom('x', 'y'), in: fc.array(scalar, { maxLength: 3 }) }),
  fc.record({ trait: fc.constantFrom('x', 'y'), gte: fc.integer({ min: -2, max: 2 }) }),
  fc.record({ context: fc.constantFrom('x', 'y.z'), exists: fc.boolean() }),
  fc.record({ trait: fc.constantFrom('x', 'y'), contains: fc.constantFrom('a', 'b') }),
)
const { tree } = fc.letrec<{ tree: Condition }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.record({ all: fc.array(tie('tree'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ any: fc.array(tie('tree'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ not: tie('tree') }),
  ),
}))
const person = fc.record({
  traits: fc.dictionary(fc.constantFrom('x', 'y'), value),
  context: fc.dictionary(fc.constantFrom('x', 'y'), fc.oneof(value, fc.record({ z: value }))),
}) as fc.Arbitrary<Person>

const holds = (condition: Condition, asked: Person): boolean =>
  compile(condition).holds(facts(condition, asked))

/** As plain as can be: no sharing, no table, no memory. */
function walked(condition: Condition, asked: Facts): boolean {
  if ('all' in condition) return condition.all.every((part) => walked(part, asked))
  if ('any' in condition) return condition.any.some((part) => walked(part, asked))
  if ('not' in condition) return !walked(condition.not, asked)
  return conditionCompiler(names)(condition).holds(asked)
}

describe('the jump table', () => {
  it('answers as a plain walk of the tree does, however many conditions share it', () => {
    fc.assert(
      fc.property(fc.array(tree, { minLength: 1, maxLength: 8 }), person, (conditions, asked) => {
        const together = conditionCompiler(names)
        const compiled = conditions.map((condition) => together(condition))
        const shared = facts({ all: conditions }, asked)
        for (const [i, condition] of conditions.entries()) {
          const alone = facts(condition, asked)
          expect(compiled[i]?.holds(shared)).toBe(walked(condition, alone))
          expect(compiled[i]?.trace(shared).holds).toBe(walked(condition, alone))
        }
      }),
    )
  })
})

describe('the algebra of conditions', () => {
  it('De Morgan', () => {
    fc.assert(
      fc.property(fc.array(tree, { minLength: 1, maxLength: 3 }), person, (parts, asked) => {
        const negated = parts.map((not) => ({ not }))
        expect(holds({ not: { all: parts } }, asked)).toBe(holds({ any: negated }, asked))
        expect(holds({ not: { any: parts } }, asked)).toBe(holds({ all: negated }, asked))
      }),
    )
  })

  it('ne is not eq, nin is not in, whatever the value', () => {
    fc.assert(
      fc.property(scalar, fc.array(scalar), person, (wanted, list, asked) => {
        expect(holds({ trait: 'x', ne: wanted }, asked)).toBe(
          !holds({ trait: 'x', eq: wanted }, asked),
        )
        expect(holds({ trait: 'x', nin: list }, asked)).toBe(
          !holds({ trait: 'x', in: list }, asked),
        )
      }),
    )
  })

  it('the order of parts does not matter, and the trace agrees', () => {
    fc.assert(
      fc.property(fc.array(tree, { minLength: 2, maxLength: 4 }), person, (parts, asked) => {
        const reversed = [...parts].reverse()
        expect(holds({ all: parts }, asked)).toBe(holds({ all: reversed }, asked))
        expect(holds({ any: parts }, asked)).toBe(holds({ any: reversed }, asked))
        const compiled = compile({ all: parts })
        const told = facts({ all: parts }, asked)
        expect(compiled.trace(told).holds).toBe(compiled.holds(told))
      }),
    )
  })
})

/** Conditions against their cases, a plain evaluator, and the laws of logic. */
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { condition as schema } from '../../worker/contract/condition.ts'
import { conditionCompiler } from '../../worker/core/condition/compile.ts'
import { factsOf } from '../../worker/core/condition/facts.ts'
import { propertyReads } from '../../worker/core/condition/reads.ts'
import { CAPS } from '../../worker/core/profile/caps.ts'
import { fold } from '../../worker/core/profile/fold.ts'
import type { Profile } from '../../worker/core/profile/profile.ts'
import { CASE_NOW, CASE_SEGMENTS, CASES, recordsOf, type Case } from './condition-cases.ts'
import { blank, rules } from './people.ts'
import { namesOf, zoned } from './setting.ts'

/** Compiled with the segments of the cases; the person goes through the real fold. */
function asked({
  condition,
  profile = {},
  context = {},
  now = CASE_NOW,
  timeZone = 'UTC',
  weekStart,
}: Case) {
  const nowMs = Date.parse(now)
  const setting = zoned(timeZone, weekStart)
  const keys = Object.keys(CASE_SEGMENTS)
  const compile = conditionCompiler(
    namesOf({ ...setting, segmentIndex: (key) => keys.indexOf(key) }),
  )
  const segments = Object.values(CASE_SEGMENTS).map((when) => ({ condition: compile(when) }))
  const reads = propertyReads([condition, ...Object.values(CASE_SEGMENTS)], [], setting)
  const folded = fold(
    blank(),
    recordsOf(profile, nowMs),
    rules({ caps: CAPS, reads, aggregates: [] }),
  )
  const person: Profile = {
    ...folded,
    identifiers: Object.entries(profile.identifiers ?? {}).flatMap(([type, values]) =>
      values.map((value) => ({ type, value, firstSeenMs: 0, lastSeenMs: 0 })),
    ),
  }
  return { compile, facts: factsOf(segments, person, context, nowMs) }
}

describe.each(CASES)('%s', (_file, cases) => {
  it('has no name twice', () => {
    expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length)
  })

  it.each(cases.map((one) => [one.name, one] as const))('%s', (_name, one) => {
    const parsed = v.safeParse(schema, one.condition)
    expect(parsed.issues).toBeUndefined()
    const { compile, facts } = asked(one)
    const compiled = compile(one.condition)
    expect(compiled.holds(facts)).toBe(one.expected)
    expect(compiled.trace(facts).holds).toBe(one.expected)
    expect(compile({ not: one.condition }).holds(facts)).toBe(!one.expected)
    expect(compiled.nextChangeMs(facts)).toBeGreaterThan(facts.nowMs)
  })
})

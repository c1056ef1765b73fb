/** The next moment at which time alone could change an answer: never late, and sharp for one leaf alone. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Condition } from '../../worker/contract/condition.ts'
import { needOf, onDemandNeed } from '../../worker/core/aggregate/needs.ts'
import type { AggregateNeed } from '../../worker/core/aggregate/aggregate.ts'
import { zoneNamed } from '../../worker/core/calendar/zone.ts'
import { conditionCompiler, type CompiledCondition } from '../../worker/core/condition/compile.ts'
import { factsOf, type Facts } from '../../worker/core/condition/facts.ts'
import type { Profile } from '../../worker/core/profile/profile.ts'
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
import { blank } from './people.ts'
import type { PlainPerson } from './plain-question.ts'
import { namesOf, UTC_SETTING, zoned } from './setting.ts'
import { expectCaught } from './teeth.ts'

const numRuns = Number(process.env['TSUGI_RUNS'] ?? 250)
const keys = Object.keys(ARBITRARY_SEGMENTS)

interface World {
  readonly person: PlainPerson
  readonly context: Facts['context']
  readonly timeZone: string
  /** Whether only few events are remembered, and the rest in buckets. */
  readonly forgetful: boolean
}
const world: fc.Arbitrary<World> = fc.record({
  person,
  context,
  timeZone: fc.constantFrom(...ZONES),
  forgetful: fc.boolean(),
})

const declared = needOf({ event: 'a', compute: 'count', last: '1h' }, UTC_SETTING)
/** With what is read by aggregates that a release declares. */
const asked = fc.oneof(
  { weight: 8, arbitrary: leaf },
  {
    weight: 1,
    arbitrary: fc.record({ aggregate: fc.constant('n'), gte: fc.integer({ min: 0, max: 3 }) }),
  },
) as fc.Arbitrary<Condition>

function placed(w: World, condition: Condition) {
  const setting = zoned(w.timeZone)
  const needs = new Map<string, AggregateNeed>([[declared.id, declared]])
  const compile = conditionCompiler(
    namesOf({
      ...setting,
      segmentIndex: (key) => keys.indexOf(key),
      aggregate: () => declared,
      kept: (ask) => {
        if (!w.forgetful) return undefined
        const need = onDemandNeed(ask, setting)
        needs.set(need.id, need)
        return need
      },
    }),
  )
  const compiled = compile(condition)
  const segments = Object.values(ARBITRARY_SEGMENTS).map((when) => ({ condition: compile(when) }))
  const profile = foldedPerson(
    w.person,
    [condition, ...Object.values(ARBITRARY_SEGMENTS)],
    setting,
    {
      recent: w.forgetful ? 3 : 100,
      aggregates: [...needs.values()],
    },
  )
  return { compiled, at: (ms: number) => factsOf(segments, profile, w.context, ms), profile }
}

const SPANS = [0, 1e3, 5e3, 6e4, 18e5, 36e5, 864e5, 6048e5]

/** Moments at which something about such people changes, and a millisecond around each. */
function moments(profile: Profile): number[] {
  const bases = [
    ...profile.recent.map(([ms]) => ms),
    ...profile.recent.flatMap(([, , , properties]) =>
      properties === 0 ? [] : Object.values(properties).filter((v) => typeof v === 'number'),
    ),
    ...Object.values(profile.traits).flatMap(({ value }) =>
      typeof value === 'number' ? [value] : [],
    ),
    profile.recentFloorMs ?? 0,
    Date.parse('2026-03-28T00:00:00Z'),
  ]
  const quarter = 900_000
  const start = Math.floor(NOW_MS / quarter) * quarter
  const found = new Set(
    bases.flatMap((base) => SPANS.flatMap((span) => [base + span, base - span])),
  )
  for (let i = 0; i < 4 * 24 * 3; i++) found.add(start + i * quarter)
  for (const name of ZONES) {
    const zone = zoneNamed(name)
    for (let day = 0; day < 400; day += day < 40 ? 1 : 13) {
      found.add(zone?.momentOf(Math.floor(NOW_MS / 864e5) * 864e5 + day * 864e5) ?? 0)
    }
  }
  return [...found].flatMap((ms) => [ms - 1, ms, ms + 1])
}

type NextOf = (condition: CompiledCondition, facts: Facts) => number
const honest: NextOf = (condition, facts) => condition.nextChangeMs(facts)

const neverLate = (nextOf: NextOf) =>
  fc.property(fc.oneof(asked, tree), world, (condition, w) => {
    const { compiled, at, profile } = placed(w, condition)
    const now = compiled.holds(at(NOW_MS))
    const nextMs = nextOf(compiled, at(NOW_MS))
    expect(nextMs).toBeGreaterThan(NOW_MS)
    const changed = moments(profile).find(
      (ms) => ms > NOW_MS && ms < nextMs && compiled.holds(at(ms)) !== now,
    )
    expect(changed).toBeUndefined()
  })

describe('the next moment at which time alone could change an answer', () => {
  it('is never late', () => {
    fc.assert(neverLate(honest), { numRuns })
  })

  it('has teeth: a millisecond late is caught, and so is a rule that forgets time', () => {
    const late: NextOf = (condition, facts) => honest(condition, facts) + 1
    const never: NextOf = () => Infinity
    for (const broken of [late, never]) {
      expectCaught(neverLate(broken))
    }
  })

  it('is sharp for a leaf: then, the answer is another', () => {
    let sharp = 0
    fc.assert(
      fc.property(asked, world, (condition, w) => {
        const { compiled, at } = placed(w, condition)
        const nextMs = compiled.nextChangeMs(at(NOW_MS))
        fc.pre(nextMs !== Infinity && !('segment' in condition))
        // Nobody looks further ahead than so many moments; what is early is a long way off.
        if (compiled.holds(at(nextMs)) === compiled.holds(at(NOW_MS))) {
          expect(nextMs - NOW_MS).toBeGreaterThan(100 * 864e5)
        } else sharp++
      }),
      { numRuns },
    )
    expect(sharp).toBeGreaterThan(numRuns / 2)
  })

  it('is never, where time has no say', () => {
    const setting = zoned('UTC')
    const compile = conditionCompiler(namesOf(setting))
    const compiled = compile({
      all: [{ trait: 'plan', eq: 'pro' }, { event: 'a' }, { list: 'vip' }],
    })
    expect(compiled.nextChangeMs(factsOf([], blank(), {}, NOW_MS))).toBe(Infinity)
  })
})

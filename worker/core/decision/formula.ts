/**
 * Formulas in CEL (https://cel.dev), by @marcbachmann/cel-js. Types are checked
 * at publish against what exists; what is left to fail is what only a person
 * or a request can tell, and it costs an action its rank, no more.
 */
import { Environment } from '@marcbachmann/cel-js'
import type { Facts } from '../condition/facts.ts'
import { boundedContext } from './bounded-context.ts'
import type { FormulaEngine, FormulaScope } from './formula-port.ts'
import { knownNames } from '../nearest.ts'
import { faultIn, placeIn, typeName, type EngineError } from './formula-faults.ts'
import { readsOf } from './formula-reads.ts'
import { runFault, scoreOf } from './formula-run-faults.ts'

const LIMITS = { maxAstNodes: 200, maxDepth: 24, maxListElements: 100, maxCallArguments: 8 }

/** Whole numbers and others may be mixed: "action.margin * 2". */
const base = new Environment({ enableOptionalTypes: true, limits: LIMITS })
const MIXED = {
  '+': (a: number, b: number) => a + b,
  '-': (a: number, b: number) => a - b,
  '*': (a: number, b: number) => a * b,
  '/': (a: number, b: number) => a / b,
} as const
for (const [sign, work] of Object.entries(MIXED)) {
  base.registerOperator(`double ${sign} int`, (a: number, b: bigint) => work(a, Number(b)))
  base.registerOperator(`int ${sign} double`, (a: bigint, b: number) => work(Number(a), b))
}

const running = ['action', 'profile', 'aggregates', 'context', 'segments'].reduce(
  (env, name) => env.registerVariable(name, 'map'),
  base.clone(),
)

const object = (types: ReadonlyMap<string, string>): Record<string, string> =>
  Object.fromEntries(types)

/** What formulas of one configuration share: its aggregates may be many, and so may its formulas. */
const sharing = new WeakMap<FormulaScope['aggregates'], Environment>()

function sharedBy(aggregates: FormulaScope['aggregates']): Environment {
  const known = sharing.get(aggregates)
  if (known !== undefined) return known
  const computed = new Map([...aggregates].map(([key, { type }]) => [key, type]))
  const environment = base
    .clone()
    .registerVariable({ name: 'profile', schema: { traits: 'map<string, dyn>' } })
    .registerVariable({ name: 'aggregates', schema: object(computed) })
    .registerVariable('context', 'map<string, dyn>')
    .registerVariable('segments', 'map<string, bool>')
  sharing.set(aggregates, environment)
  return environment
}

function checking({ attributes, aggregates }: FormulaScope): Environment {
  const action = { ...object(attributes), key: 'string', priority: 'double', tags: 'list<string>' }
  return sharedBy(aggregates).clone().registerVariable({ name: 'action', schema: action })
}

const NUMBERS = new Set(['double', 'int', 'dyn'])

export const formulaEngine: FormulaEngine = {
  fault(formula, scope) {
    const environment = checking(scope)
    const checked = environment.check(formula)
    if (!checked.valid) {
      const functions = new Set(environment.getDefinitions().functions.map(({ name }) => name))
      return faultIn(formula, checked.error as EngineError, scope, LIMITS, functions)
    }
    const type = checked.type ?? 'dyn'
    if (!NUMBERS.has(type)) return { wrong: `it gives ${typeName(type)}`, allowed: 'a number' }
    const reads = readsOf(running.parse(formula).ast)
    if (reads.fault !== null) {
      const { at, wrong } = reads.fault
      return { wrong: at === null ? wrong : `${placeIn(formula, at)}: ${wrong}` }
    }
    const stranger = [...reads.segments].find(([key]) => !scope.segments.has(key))
    if (stranger === undefined) return null
    const [key, at] = stranger
    const known = new Set(scope.segments.keys())
    return {
      wrong: `${placeIn(formula, at)}: no segment has the key "${key}"`,
      allowed: known.size === 0 ? 'none is defined' : knownNames(key, known),
    }
  },

  compile(formula, scope) {
    const run = running.parse(formula)
    const { aggregates, segments: named, context } = readsOf(run.ast)
    const segments = new Set(named.keys())
    const factsFor = (facts: Facts) => ({
      profile: { traits: traitsOf(facts) },
      aggregates: pick(aggregates, (key) => scope.aggregates.get(key)?.read(facts)),
      segments: pick(segments, (key) => facts.segment(scope.segments.get(key) as number)),
      context: boundedContext(facts.context, context),
    })
    return {
      scorer: (facts, subjects) => {
        const known = factsFor(facts)
        return (action) => {
          try {
            return scoreOf(run({ ...known, action: subjects.get(action) }))
          } catch (error) {
            // The platform's own come through too: RangeError of a time zone that is none.
            return { error: runFault(formula, error) }
          }
        }
      },
    }
  },
}

function traitsOf({ profile }: Facts): Record<string, unknown> {
  const traits: Record<string, unknown> = {}
  for (const name in profile.traits) {
    const value = profile.traits[name]?.value
    // null is a trait that was unset.
    if (value !== null) traits[name] = value
  }
  return traits
}

function pick(keys: ReadonlySet<string>, read: (key: string) => unknown): Record<string, unknown> {
  const found: Record<string, unknown> = {}
  for (const key of keys) {
    const value = read(key)
    if (value !== undefined && value !== null) found[key] = value
  }
  return found
}

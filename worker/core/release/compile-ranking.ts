/** What puts a policy's candidates in order. */
import type { ActionConfig, Configuration, PolicyConfig } from '../../contract/config.ts'
import { readState, type AggregateNeed } from '../aggregate/aggregate.ts'
import type {
  AggregateScope,
  AttributeType,
  FormulaEngine,
  FormulaScope,
  FormulaSubject,
} from '../decision/formula-port.ts'
import type { CompiledAction, Ranking } from '../decision/plan.ts'
import { stateOf } from '../profile/aggregates.ts'
import type { Compile } from './compile-when.ts'

/** What formulas can name. */
export interface Named {
  readonly actions: ReadonlyMap<string, ActionConfig>
  readonly segments: ReadonlyMap<string, number>
  readonly computed: FormulaScope['aggregates']
}

export interface RankingBook {
  readonly named: Named
  readonly compile: Compile
  /** Needed where some policy has a formula; see flow/formulas.ts. */
  readonly formulas: FormulaEngine | null
}

export function compileRanking(
  policy: PolicyConfig,
  actionOf: (key: string) => CompiledAction,
  book: RankingBook,
): Ranking {
  const { formula, learned, candidates = [] } = policy
  if (learned !== undefined) {
    const contexts = learned.contexts.map(({ key, when }) => ({
      key,
      condition: book.compile(when),
    }))
    return { by: 'learned', contexts }
  }
  if (formula === undefined) return { by: 'priority' }
  if (book.formulas === null) throw new Error('a release with formulas needs their engine')
  const { actions } = book.named
  return {
    by: 'formula',
    formula: book.formulas.compile(formula, scopeOf(policy, book.named)),
    subjects: new Map(
      candidates.map(({ action, priority }) => [
        actionOf(action),
        subjectOf(actions.get(action) as ActionConfig, priority),
      ]),
    ),
  }
}

const subjectOf = ({ key, tags, attributes }: ActionConfig, priority: number): FormulaSubject => ({
  ...attributes,
  key,
  priority,
  tags,
})

const COMPUTED: Readonly<
  Record<Configuration['aggregates'][number]['compute'], AggregateScope['type']>
> = {
  count: 'double',
  sum: 'double',
  average: 'double',
  min: 'double',
  max: 'double',
  unique: 'double',
  first: 'dyn',
  last: 'dyn',
  mostFrequent: 'dyn',
}

const typeOf = (value: number | string | boolean): AttributeType =>
  typeof value === 'number' ? 'double' : typeof value === 'string' ? 'string' : 'bool'

/** The attributes of a policy's candidates: name → of which types, and how many have it. */
export function attributesOf(
  actions: Named['actions'],
  { candidates = [] }: PolicyConfig,
): Map<string, { readonly types: Set<AttributeType>; count: number }> {
  const found = new Map<string, { readonly types: Set<AttributeType>; count: number }>()
  for (const { action } of candidates) {
    for (const [name, value] of Object.entries(actions.get(action)?.attributes ?? {})) {
      const entry = found.get(name) ?? { types: new Set(), count: 0 }
      entry.types.add(typeOf(value))
      entry.count++
      found.set(name, entry)
    }
  }
  return found
}

/** The aggregates, as every formula of a configuration reads them. */
export const computedOf = (
  { aggregates }: Configuration,
  needs: ReadonlyMap<string, AggregateNeed>,
): Named['computed'] =>
  new Map(
    aggregates.map(({ key, compute }): [string, AggregateScope] => [
      key,
      {
        type: COMPUTED[compute],
        read: ({ profile, nowMs }) => {
          const need = needs.get(key) as AggregateNeed
          return readState(stateOf(profile, need), need, nowMs).value
        },
      },
    ]),
  )

export function scopeOf(policy: PolicyConfig, named: Named): FormulaScope {
  const candidates = policy.candidates?.length ?? 0
  const everywhere = [...attributesOf(named.actions, policy)].filter(
    ([, { types, count }]) => types.size === 1 && count === candidates,
  )
  return {
    segments: named.segments,
    attributes: new Map(
      everywhere.map(([name, { types }]) => [name, [...types][0] as AttributeType]),
    ),
    aggregates: named.computed,
  }
}

/** That formulas can be worked out. */
import type { Configuration, PolicyConfig } from '../../contract/config.ts'
import type { Fault } from '../../contract/problem.ts'
import type { FormulaEngine } from '../decision/formula-port.ts'
import { attributesOf, computedOf, scopeOf, type Named } from './compile-ranking.ts'
import { registerOf } from './register.ts'

export const hasFormulas = ({ policies }: Configuration): boolean =>
  policies.some(({ formula }) => formula !== undefined)

/** @param engine needed where some policy has a formula */
export function* formulas(config: Configuration, engine: FormulaEngine | null): Generator<Fault> {
  if (!hasFormulas(config)) return
  const named: Named = {
    actions: registerOf(config).actions,
    segments: new Map(config.segments.map(({ key }, i) => [key, i])),
    computed: computedOf(config, new Map()),
  }
  for (const [i, policy] of config.policies.entries()) {
    if (policy.formula === undefined) continue
    if (engine === null) throw new Error('formulas are checked with their engine')
    const fault = engine.fault(policy.formula, scopeOf(policy, named))
    if (fault === null) continue
    const { wrong, attribute = '' } = fault
    const allowed = helpFor(named.actions, policy, attribute) ?? fault.allowed
    const path = `policies[${i}].formula`
    yield { path, wrong, ...(allowed === undefined ? {} : { allowed }) }
  }
}

/** An attribute that some candidates have is mostly one that was forgotten on the others. */
function helpFor(actions: Named['actions'], policy: PolicyConfig, name: string): string | null {
  const attribute = attributesOf(actions, policy).get(name)
  if (attribute === undefined) return null
  if (attribute.types.size > 1) return `"${name}" of one type on every candidate`
  const without = (policy.candidates ?? []).filter(
    ({ action }) => !Object.hasOwn(actions.get(action)?.attributes ?? {}, name),
  )
  const named = without.slice(0, 5).map(({ action }) => action)
  return `"${name}" on every candidate; it is missing on ${named.join(', ')}`
}

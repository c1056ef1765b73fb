/** Whether a person has an identifier of a type, or one of a certain value. */
import type { IdentifierLeaf, Operators } from '../../../contract/condition.ts'
import type { Facts } from '../facts.ts'
import { compileOperators } from '../operator/compile.ts'
import { noProperties } from '../operator/test.ts'
import { wordsOf } from '../words.ts'
import type { CompiledLeaf, Names } from './leaf.ts'

export function identifierLeaf(leaf: IdentifierLeaf, names: Names): CompiledLeaf {
  const { identifier: type, ne, nin, exists = true, ...wanted } = leaf
  const known = (value: unknown): unknown =>
    typeof value === 'string' ? names.identifierValue(type, value) : value
  const knownOf = ({ eq, in: among, ...rest }: Operators): Operators => ({
    ...rest,
    ...(eq === undefined ? {} : { eq: known(eq) as string }),
    ...(among === undefined
      ? {}
      : { in: Array.isArray(among) ? (among as readonly string[]).map(known as never) : among }),
  })
  // A person may have several: one of them must pass all, and none of them be what it must not be.
  const one = compileOperators(knownOf(wanted), names).test
  const barred = [ne === undefined ? null : { eq: ne }, nin === undefined ? null : { in: nin }]
    .filter((operators) => operators !== null)
    .map((operators) => compileOperators(knownOf(operators), names).test)
  const isPositive = Object.keys(wanted).length > 0 || leaf.exists === true
  const isBare = Object.keys(leaf).length === 1

  const valuesOf = ({ profile }: Facts): string[] =>
    profile.identifiers.filter((known) => known.type === type).map(({ value }) => value)
  const holds = (facts: Facts): boolean => {
    const values = valuesOf(facts)
    if (!exists && values.length > 0) return false
    if (barred.some((test) => values.some((value) => test(value, facts, noProperties))))
      return false
    return !(isPositive || isBare) || values.some((value) => one(value, facts, noProperties))
  }
  return {
    holds,
    trace: (facts) => ({
      condition: `identifier ${type} ${isBare ? 'exists' : wordsOf(leaf)}`,
      holds: holds(facts),
      seen: valuesOf(facts),
    }),
    nextChangeMs: null,
  }
}

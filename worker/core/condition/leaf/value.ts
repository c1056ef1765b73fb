/** Leaves that test one value with operators: traits, aggregates, context, first and last seen. */
import type { InZone, Operators } from '../../../contract/condition.ts'
import type { Facts } from '../facts.ts'
import { nextFlip } from '../next-change.ts'
import { compileOperators } from '../operator/compile.ts'
import { noProperties } from '../operator/test.ts'
import type { Setting, Value } from '../scope.ts'
import { wordsOf } from '../words.ts'
import type { CompiledLeaf } from './leaf.ts'

/** @param nextRead when the value itself next changes, where time can do that */
export function valueLeaf(
  subject: string,
  leaf: Operators & InZone,
  setting: Setting,
  read: (facts: Facts) => Value,
  nextRead: ((facts: Facts) => number) | null = null,
): CompiledLeaf {
  const { test, next } = compileOperators(leaf, setting)
  const holds = (facts: Facts): boolean => test(read(facts), facts, noProperties)
  return {
    holds,
    trace: (facts) => {
      const seen = read(facts)
      return {
        condition: `${subject} ${wordsOf(leaf)}`,
        holds: test(seen, facts, noProperties),
        seen: seen ?? null,
      }
    },
    nextChangeMs:
      next === null && nextRead === null
        ? null
        : (facts) =>
            nextFlip(facts, holds, (at) =>
              Math.min(nextRead?.(at) ?? Infinity, next?.(read(at), at, noProperties) ?? Infinity),
            ),
  }
}

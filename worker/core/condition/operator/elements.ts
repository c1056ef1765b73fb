/** `any`, `all` and `none`: conditions on the elements of a list. */
import type { ElementCondition, Operators } from '../../../contract/condition.ts'
import type { JsonObject, JsonValue } from '../../../contract/message.ts'
import { readPath } from '../../read-path.ts'
import { isAll, isAny, isNot } from '../tree.ts'
import type { PropertyReader } from '../scope.ts'
import { joined, noProperties, not, type CompiledTest } from './test.ts'

type CompileOperators = (leaf: Operators) => CompiledTest

const isObject = (value: JsonValue): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const propertiesOf = (element: JsonValue): PropertyReader =>
  isObject(element) ? (path) => readPath(element, path) : noProperties

/** A test of one element; `own` reads its properties. */
function compileElement(condition: ElementCondition, compile: CompileOperators): CompiledTest {
  const inner = (part: ElementCondition): CompiledTest => compileElement(part, compile)
  if (isNot(condition)) return not(inner(condition.not))
  if ('property' in condition) {
    const { property } = condition
    const { test, next } = compile(condition)
    return {
      test: (_, scope, own) => test(own(property), scope, own),
      next: next && ((_, scope, own) => next(own(property), scope, own)),
    }
  }
  if (isAll(condition)) return joined(condition.all.map(inner), true)
  if (isAny(condition)) return joined(condition.any.map(inner), false)
  return compile(condition)
}

export function elementsOf(
  quantity: 'any' | 'all',
  condition: ElementCondition,
  compile: CompileOperators,
): CompiledTest {
  const { test, next } = compileElement(condition, compile)
  const every = quantity === 'all'
  return {
    test: (value, scope) => {
      if (!Array.isArray(value)) return false
      const elements = value as readonly JsonValue[]
      return every
        ? elements.every((element) => test(element, scope, propertiesOf(element)))
        : elements.some((element) => test(element, scope, propertiesOf(element)))
    },
    next:
      next === null
        ? null
        : (value, scope) =>
            Array.isArray(value)
              ? (value as readonly JsonValue[]).reduce<number>(
                  (min, element) => Math.min(min, next(element, scope, propertiesOf(element))),
                  Infinity,
                )
              : Infinity,
  }
}

/** What went wrong with a formula for one person, in our words: where, and what was found. */
import { placeIn, typeName, type EngineError } from './formula-faults.ts'

/**
 * One sentence: `column 16: "age" has no value`.
 * @param error what the engine threw, or the platform: a time zone that is none is a RangeError
 */
export function runFault(formula: string, error: unknown): string {
  if (!(error instanceof Error)) return UNTOLD
  const { code, summary, range } = error as Partial<EngineError>
  const wrong = tell(code ?? error.name, summary ?? error.message)
  return range === undefined ? wrong : `${placeIn(formula, range.start)}: ${wrong}`
}

const UNTOLD = 'it cannot be worked out with what is known here'
const NOTHING_OF = 'makes nothing of what it is given'

function tell(code: string, summary: string): string {
  const named = (pattern: RegExp): string => short(pattern.exec(summary)?.[1] ?? '')
  const type = (): string => typeName(plainTypes(named(/'([^']+)'$/)))
  switch (code) {
    case 'no_such_key':
    case 'unknown_variable':
      return `"${named(/: (.*)$/s)}" has no value`
    case 'index_out_of_bounds':
      return `a list has no element ${named(/index (-?[\d.e+]+)/)}`
    case 'index_out_of_range':
      return `a text is not so long: ${named(/\.?(\w+)\(/) || 'at'}()`
    case 'division_by_zero':
    case 'modulo_by_zero':
      return 'it divides by 0'
    case 'numeric_overflow':
      return 'a whole number is larger than 64 bits hold'
    case 'int_conversion_error':
    case 'uint_conversion_error':
    case 'double_conversion_error':
    case 'bool_conversion_error':
      return `${named(/^(\w+)/)}() ${NOTHING_OF}`
    case 'invalid_timestamp':
      return 'timestamp() is given no moment, such as "2026-02-01T00:00:00Z"'
    case 'invalid_duration':
      return 'duration() is given no duration, such as "90s"'
    case 'optional_value_missing':
      return 'value() is asked of what has none: orValue(…) gives it one'
    case 'no_such_overload': {
      const sum = plainTypes(named(/: (.+)$/)).replaceAll(/\w+/g, (word) => typeName(word))
      return `"${sum}" cannot be worked out`
    }
    case 'no_matching_overload': {
      const [, on = '', name = '', given = ''] =
        /^(?:(.+)\.)?(\w+)\((.*)\)$/.exec(plainTypes(named(/'(.+)'/))) ?? []
      const to = on === '' ? '' : `${typeName(on)}.`
      const of = given.split(', ').map(typeName).join(', ')
      return `"${to}${name}(${of})" is not there: "${name}" goes with other things`
    }
    case 'invalid_condition_type':
    case 'invalid_logical_operand':
      return `${type()} stands where true or false is needed`
    case 'RangeError':
      return summary.includes('time zone') ? 'a time zone is named that is none' : UNTOLD
    case 'SyntaxError':
      return `json() ${NOTHING_OF}`
    default:
      return summary.includes('must return bool')
        ? `${type()} stands where true or false is needed`
        : UNTOLD
  }
}

/** What a visitor sent may stand in it. */
const LONGEST = 80
const short = (text: string): string =>
  text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 1)}…`

/** "dyn<double> * map<string, int>" → "double * map" */
function plainTypes(text: string): string {
  const plain = text.replaceAll(/(\w+)<([^<>]*)>/g, (_, of: string, inner: string) =>
    of === 'dyn' ? inner : of,
  )
  return plain === text ? text : plainTypes(plain)
}

/** Nothing is made a number that is none: "12" from a visitor is a text. */
export function scoreOf(result: unknown): number | { readonly error: string } {
  if (typeof result === 'bigint') return Number(result)
  if (typeof result !== 'number') {
    return { error: `it gives ${kindOf(result)}: a number is needed` }
  }
  return Number.isFinite(result) ? result : { error: 'it gives no finite number' }
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'string') return typeName('string')
  if (typeof value === 'boolean') return typeName('bool')
  return value === null ? 'nothing' : 'a map'
}

/** What is wrong with a formula, in our words: where, what was found, what there is. */
import { knownNames, nearest } from '../nearest.ts'
import type { FormulaFault, FormulaScope } from './formula-port.ts'

/** As the engine tells it (its CelError). */
export interface EngineError {
  readonly code?: string | undefined
  /** Without the excerpt. */
  readonly summary?: string | undefined
  readonly message: string
  readonly range?: { readonly start: number; readonly end: number } | undefined
}

export interface Limits {
  readonly maxAstNodes: number
  readonly maxDepth: number
  readonly maxListElements: number
  readonly maxCallArguments: number
}

const NAMES = new Set(['action', 'profile', 'aggregates', 'context', 'segments'])

/** "column 8"; "line 2, column 5" where there are several. */
export function placeIn(formula: string, at: number): string {
  const before = formula.slice(0, at).split('\n')
  const column = `column ${(before.at(-1) ?? '').length + 1}`
  return formula.includes('\n') ? `line ${before.length}, ${column}` : column
}

type Told = Pick<FormulaFault, 'allowed' | 'attribute'> & { readonly wrong: string }

/** @param functions that formulas may call */
export function faultIn(
  formula: string,
  error: EngineError,
  scope: FormulaScope,
  limits: Limits,
  functions: ReadonlySet<string>,
): FormulaFault {
  if (formula.trim() === '') return { wrong: 'it is empty', allowed: 'a number to rank by' }
  const told = tell({ formula, error, scope, limits, functions })
  if (error.range === undefined || error.code === 'limit_exceeded') return told
  return { ...told, wrong: `${placeIn(formula, error.range.start)}: ${told.wrong}` }
}

interface Telling {
  readonly formula: string
  readonly error: EngineError
  readonly scope: FormulaScope
  readonly limits: Limits
  readonly functions: ReadonlySet<string>
}

function tell({ formula, error, scope, limits, functions }: Telling): Told {
  const summary = error.summary ?? error.message
  const { start, end } = error.range ?? { start: 0, end: 0 }
  const found = formula.slice(start, end)
  const named = (pattern: RegExp): string => pattern.exec(summary)?.[1] ?? ''
  const types = (): string[] =>
    [...summary.matchAll(/'([^']+)'/g)].map(([, type]) => typeName(type))
  switch (error.code) {
    case 'unknown_variable': {
      const name = named(/: (\w+)/)
      return { wrong: `"${name}" is no name that formulas know`, allowed: knownNames(name, NAMES) }
    }
    case 'no_such_key':
      return missingKey(named(/: (.+)$/), ownerIn(formula, start, found), scope)
    case 'unexpected_token':
      return { wrong: found === '' ? 'it ends too early' : `"${found}" is not expected here` }
    case 'unexpected_character':
      return { wrong: `"${found}" is not expected here` }
    case 'expected_token': {
      const sign = SIGNS[named(/Expected (\w+)/)] ?? 'something'
      return { wrong: `${sign} is missing${found === '' ? '' : `: "${found}" stands here`}` }
    }
    case 'unterminated_string':
    case 'unterminated_triple_quoted_string':
      return { wrong: 'the text that begins here has no end' }
    case 'newline_in_string':
      return { wrong: 'a text ends in the line in which it begins' }
    case 'reserved_identifier':
      return { wrong: `"${found}" is a reserved word` }
    case 'no_such_overload': {
      const sum = named(/: (.+)$/).replaceAll(/[$\w<>,]+/g, (type) => typeName(type))
      return { wrong: `"${sum}" cannot be worked out`, allowed: 'both sides of one kind' }
    }
    case 'no_matching_overload':
      return call(named(/'(.+)'/), functions)
    case 'invalid_condition_type':
      return { wrong: `what stands before "?" is ${types()[0]}`, allowed: TRUTH }
    case 'invalid_logical_operand':
      return { wrong: `"&&" and "||" do not go with ${types()[0]}`, allowed: TRUTH }
    case 'incompatible_ternary_branches':
      return {
        wrong: `the two ends of "? :" are ${types().join(' and ')}`,
        allowed: 'two of one kind: 1.0 and 0.5',
      }
    case 'heterogeneous_list_element':
      return { wrong: `a list holds one kind of thing; here are ${types().join(' and ')}` }
    case 'invalid_macro_argument':
      return { wrong: `${summary.split(' ')[0]}: not with "${found}"`, ...MACRO }
    case 'invalid_index_type':
    case 'cannot_index_type':
      return { wrong: `"${found}" reads no field` }
    case 'limit_exceeded':
      return { wrong: limitOf(summary, limits) }
    default:
      return { wrong: summary }
  }
}

const TRUTH = 'true or false'
const MACRO = { allowed: 'a field, such as has(profile.traits.plan)' }
const SIGNS: Readonly<Record<string, string>> = {
  RPAREN: '")"',
  RBRACKET: '"]"',
  RBRACE: '"}"',
  COLON: '":"',
  IDENTIFIER: 'a name',
  EOF: 'the end',
}

/** As the documentation has them. */
const TYPES: Readonly<Record<string, string>> = {
  double: 'number',
  int: 'whole number',
  string: 'text',
  bool: 'true or false',
  $action: 'action',
  dyn: 'anything',
}
export const typeName = (type = ''): string => TYPES[type] ?? type

function limitOf(summary: string, limits: Limits): string {
  if (summary.includes('maxAstNodes')) return `it has more than ${limits.maxAstNodes} parts`
  if (summary.includes('maxDepth')) return `it is nested deeper than ${limits.maxDepth} levels`
  if (summary.includes('maxListElements')) {
    return `a list has more than ${limits.maxListElements} elements`
  }
  return `a function has more than ${limits.maxCallArguments} arguments`
}

/** Whose field it was: the name before the dot, or before the bracket. */
function ownerIn(formula: string, start: number, found: string): string {
  const dotted = /(\w+)\s*\.\s*\??\s*$/.exec(formula.slice(0, start))
  return dotted?.[1] ?? /^\w+/.exec(found)?.[0] ?? ''
}

function missingKey(name: string, owner: string, scope: FormulaScope): Told {
  if (owner === 'aggregates') {
    const known = new Set(scope.aggregates.keys())
    const wrong = `no aggregate has the key "${name}"`
    return { wrong, allowed: known.size === 0 ? 'none is defined' : knownNames(name, known) }
  }
  if (owner === 'profile') {
    return { wrong: `a profile has no "${name}"`, allowed: 'profile.traits, by name' }
  }
  if (owner !== 'action') return { wrong: `there is no "${name}"` }
  const known = new Set(['key', 'priority', 'tags', ...scope.attributes.keys()])
  const wrong = `the attribute "${name}" cannot be read`
  return { wrong, allowed: knownNames(name, known), attribute: name }
}

/** @param signature "foo(int)", "list.foo()" */
function call(signature: string, functions: ReadonlySet<string>): Told {
  const [, on, name = '', given = ''] = /^(?:(.+)\.)?(\w+)\((.*)\)$/.exec(signature) ?? []
  const of = given === '' ? '' : given.split(', ').map(typeName).join(', ')
  if (functions.has(name)) {
    const to = on === undefined ? '' : `${typeName(on)}.`
    return { wrong: `"${to}${name}(${of})" is not there: "${name}" goes with other things` }
  }
  const near = nearest(name, functions)
  const wrong = `there is no function "${name}"`
  return { wrong, ...(near === null ? {} : { allowed: `"${near}"?` }) }
}

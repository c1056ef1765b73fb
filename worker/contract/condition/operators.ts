/** Operators on one value, and conditions on the elements of a list. */
import * as v from 'valibot'
import { A_MOMENT, dayCount, moment, zone, type ZoneOf } from './moment.ts'
import { byField, byList, finite, key, parts, treeOf, type Kind } from './schema.ts'
import { strict } from '../strict.ts'

export type Scalar = string | number | boolean

/** Instead of a value: what the person's trait, or another property of the event, says. */
export type Reference = { readonly trait: string } | { readonly property: string }

/** What has an anniversary today, this week or month, or within so many days from today. */
export type Anniversary = 'today' | 'this week' | 'this month' | { readonly within: string }

/** Every operator named on one leaf must hold. */
export interface Operators {
  readonly eq?: Scalar | Reference
  readonly ne?: Scalar | Reference
  readonly in?: readonly Scalar[] | Reference
  readonly nin?: readonly Scalar[] | Reference
  readonly exists?: boolean
  readonly contains?: Scalar | Reference
  readonly startsWith?: string | Reference
  readonly endsWith?: string | Reference
  readonly matches?: string
  readonly gt?: number | Reference
  readonly gte?: number | Reference
  readonly lt?: number | Reference
  readonly lte?: number | Reference
  readonly before?: string | Reference
  readonly after?: string | Reference
  readonly anniversary?: Anniversary
  readonly any?: ElementCondition
  readonly all?: ElementCondition
  readonly none?: ElementCondition
}

/** Beside operators: whose days a date without an offset, or an anniversary, is of. */
export interface InZone {
  readonly zone?: ZoneOf
}

export type ElementCondition =
  | { readonly all: readonly ElementCondition[] }
  | { readonly any: readonly ElementCondition[] }
  | { readonly not: ElementCondition }
  | ({ readonly property: string } & Operators)
  | Operators

export interface NumberOperators {
  readonly eq?: number
  readonly gt?: number
  readonly gte?: number
  readonly lt?: number
  readonly lte?: number
}

export interface MomentOperators {
  readonly before?: string
  readonly after?: string
}

const A_SCALAR = 'a text, a finite number, true or false'
const scalar = v.union([v.string(), finite, v.boolean()], `Expected ${A_SCALAR}`)
const scalars = v.pipe(v.array(scalar), v.maxLength(1000))

/** A value, or an object that says where it stands. */
const orReference = <T extends v.GenericSchema>(value: T, what: string) =>
  v.union(
    [value, strict({ trait: key }), strict({ property: key })],
    `Expected ${what}, or { "trait": … } or { "property": … } to compare with`,
  )

const LONGEST_PATTERN = 200

const self = (): v.GenericSchema => elementCondition

/** What operators want, by the names they have in the JSON Schema. */
export const operands = {
  Scalar: orReference(scalar, A_SCALAR),
  List: orReference(scalars, 'a list of texts, numbers, true or false'),
  Text: orReference(v.string(), 'a text'),
  Number: orReference(finite, 'a finite number'),
  Moment: orReference(moment, A_MOMENT),
  Pattern: v.pipe(v.string(), v.minLength(1), v.maxLength(LONGEST_PATTERN)),
  Anniversary: v.union(
    [v.picklist(['today', 'this week', 'this month']), strict({ within: dayCount })],
    'Expected "today", "this week", "this month" or { "within": "7d" }',
  ),
} as const

export const operatorEntries = {
  eq: v.optional(operands.Scalar),
  ne: v.optional(operands.Scalar),
  in: v.optional(operands.List),
  nin: v.optional(operands.List),
  exists: v.optional(v.boolean()),
  contains: v.optional(operands.Scalar),
  startsWith: v.optional(operands.Text),
  endsWith: v.optional(operands.Text),
  matches: v.optional(operands.Pattern),
  gt: v.optional(operands.Number),
  gte: v.optional(operands.Number),
  lt: v.optional(operands.Number),
  lte: v.optional(operands.Number),
  before: v.optional(operands.Moment),
  after: v.optional(operands.Moment),
  anniversary: v.optional(operands.Anniversary),
  any: v.optional(v.lazy(self)),
  all: v.optional(v.lazy(self)),
  none: v.optional(v.lazy(self)),
}

export const OPERATORS = Object.keys(operatorEntries) as readonly (keyof Operators)[]

export const hasOperator = (leaf: object): boolean =>
  OPERATORS.some((name) => Object.hasOwn(leaf, name))
export const needsOperator = `Expected an operator: ${OPERATORS.join(', ')}`

/** A leaf that tests one value with operators. */
export const valueLeaf = <const T extends v.ObjectEntries>(subject: T) =>
  v.pipe(
    strict({ ...subject, ...operatorEntries, zone: v.optional(zone) }),
    v.check((leaf) => hasOperator(leaf), needsOperator),
  )

export const numberEntries = {
  eq: v.optional(finite),
  gt: v.optional(finite),
  gte: v.optional(finite),
  lt: v.optional(finite),
  lte: v.optional(finite),
}
export const numberOperators = v.pipe(
  strict(numberEntries),
  v.check((o) => Object.keys(o).length > 0, 'Expected one of eq, gt, gte, lt, lte'),
)

export const momentOperators = v.pipe(
  strict({ before: v.optional(moment), after: v.optional(moment) }),
  v.check((o) => Object.keys(o).length > 0, 'Expected before, after or both'),
)

/** What a condition on an element of a list can be. */
export const elementBranches: readonly Kind[] = [
  byField(
    'property',
    v.pipe(
      strict({ property: key, ...operatorEntries }),
      v.check((leaf) => hasOperator(leaf), needsOperator),
    ),
  ),
  byList('all', strict({ all: parts(self) })),
  byList('any', strict({ any: parts(self) })),
  byField('not', strict({ not: v.lazy(self) })),
  {
    name: 'operators',
    schema: v.pipe(
      strict(operatorEntries),
      v.check((leaf) => hasOperator(leaf), needsOperator),
    ),
    isMeant: (input) => typeof input === 'object' && input !== null && !Array.isArray(input),
  },
]
export const elementCondition = treeOf<ElementCondition>(
  () => elementBranches,
  'Expected a condition on each element: operators, or an object with one of property, all, any, not',
)

/** The condition language: a JSON tree that reads aloud. Meaning: docs/conditions.md */
import * as v from 'valibot'

export type Scalar = string | number | boolean

/** Every operator named on one leaf must hold. */
export interface Operators {
  readonly eq?: Scalar
  readonly ne?: Scalar
  readonly in?: readonly Scalar[]
  readonly nin?: readonly Scalar[]
  readonly exists?: boolean
  readonly contains?: string
  readonly startsWith?: string
  readonly endsWith?: string
  readonly gt?: number
  readonly gte?: number
  readonly lt?: number
  readonly lte?: number
  readonly before?: string
  readonly after?: string
}
export interface NumberOperators {
  readonly eq?: number
  readonly gt?: number
  readonly gte?: number
  readonly lt?: number
  readonly lte?: number
}
export type PropertyCondition =
  | { readonly all: readonly PropertyCondition[] }
  | { readonly any: readonly PropertyCondition[] }
  | { readonly not: PropertyCondition }
  | ({ readonly property: string } & Operators)
export type Condition =
  | { readonly all: readonly Condition[] }
  | { readonly any: readonly Condition[] }
  | { readonly not: Condition }
  | { readonly segment: string }
  | ({ readonly trait: string } & Operators)
  | ({ readonly aggregate: string } & Operators)
  | ({ readonly context: string } & Operators)
  | ({ readonly seen: 'first' | 'last' } & Operators)
  | {
      readonly event: string
      readonly count?: NumberOperators
      readonly last?: string
      readonly where?: PropertyCondition
    }

const scalar = v.union([v.string(), v.pipe(v.number(), v.finite()), v.boolean()])
const finite = v.pipe(v.number(), v.finite())
const key = v.pipe(v.string(), v.minLength(1), v.maxLength(100))

/** `30m`, `24h`, `7d`, `2w`: whole numbers of seconds, minutes, hours, days or weeks. */
export const duration = v.pipe(
  v.string(),
  v.regex(/^[1-9]\d{0,5}[smhdw]$/, 'Expected a duration such as "30m", "24h", "7d" or "2w"'),
)

/** An ISO 8601 moment, or one relative to now: `-30d` is thirty days ago. */
const moment = v.pipe(
  v.string(),
  v.check(
    (text) =>
      /^[+-][1-9]\d{0,5}[smhdw]$/.test(text) ||
      (/^\d{4}-\d{2}-\d{2}/.test(text) && !Number.isNaN(Date.parse(text))),
    'Expected an ISO 8601 date such as "2026-04-01T00:00:00+09:00", or one relative to now such as "-30d"',
  ),
)

const operators = {
  eq: v.optional(scalar),
  ne: v.optional(scalar),
  in: v.optional(v.pipe(v.array(scalar), v.maxLength(1000))),
  nin: v.optional(v.pipe(v.array(scalar), v.maxLength(1000))),
  exists: v.optional(v.boolean()),
  contains: v.optional(v.string()),
  startsWith: v.optional(v.string()),
  endsWith: v.optional(v.string()),
  gt: v.optional(finite),
  gte: v.optional(finite),
  lt: v.optional(finite),
  lte: v.optional(finite),
  before: v.optional(moment),
  after: v.optional(moment),
}
const numberOperators = v.pipe(
  v.strictObject({
    eq: operators.gte,
    gt: operators.gt,
    gte: operators.gte,
    lt: operators.lt,
    lte: operators.lte,
  }),
  v.check((o) => Object.keys(o).length > 0, 'Expected one of eq, gt, gte, lt, lte'),
)

const needsOperator = `Expected an operator: ${Object.keys(operators).join(', ')}`
const hasOperator = (leaf: object): boolean => Object.keys(leaf).length > 1

const property = v.pipe(
  v.strictObject({ property: key, ...operators }),
  v.check((leaf) => hasOperator(leaf), needsOperator),
)

/**
 * A tree is checked branch by branch under the schema that its own keys name,
 * so that a fault deep inside is told where it is and not as "no variant matched".
 */
type Branch = v.GenericSchema
const branchOf = (kinds: Readonly<Record<string, Branch>>): ((input: unknown) => Branch) => {
  const unknown = v.custom<never>(
    () => false,
    `Expected an object with one of: ${Object.keys(kinds).join(', ')}`,
  )
  return (input) => {
    if (typeof input !== 'object' || input === null || Array.isArray(input)) return unknown
    for (const kind in kinds) if (Object.hasOwn(input, kind)) return kinds[kind] as Branch
    return unknown
  }
}

const branches = (self: () => v.GenericSchema) => v.pipe(v.array(v.lazy(self)), v.minLength(1))

/** What a condition on an event's properties can be, by the key that tells it. */
export const whereBranches: Readonly<Record<string, Branch>> = {
  all: v.strictObject({ all: branches(() => where as v.GenericSchema) }),
  any: v.strictObject({ any: branches(() => where as v.GenericSchema) }),
  not: v.strictObject({ not: v.lazy(() => where as v.GenericSchema) }),
  property,
}
export const where = v.lazy(
  branchOf(whereBranches),
) as unknown as v.GenericSchema<PropertyCondition>

/** What a condition can be, by the key that tells it. */
export const conditionBranches: Readonly<Record<string, Branch>> = {
  all: v.strictObject({ all: branches(() => condition as v.GenericSchema) }),
  any: v.strictObject({ any: branches(() => condition as v.GenericSchema) }),
  not: v.strictObject({ not: v.lazy(() => condition as v.GenericSchema) }),
  segment: v.strictObject({ segment: key }),
  trait: v.pipe(
    v.strictObject({ trait: key, ...operators }),
    v.check((leaf) => hasOperator(leaf), needsOperator),
  ),
  aggregate: v.pipe(
    v.strictObject({ aggregate: key, ...operators }),
    v.check((leaf) => hasOperator(leaf), needsOperator),
  ),
  context: v.pipe(
    v.strictObject({ context: key, ...operators }),
    v.check((leaf) => hasOperator(leaf), needsOperator),
  ),
  seen: v.pipe(
    v.strictObject({ seen: v.picklist(['first', 'last']), ...operators }),
    v.check((leaf) => hasOperator(leaf), needsOperator),
  ),
  event: v.strictObject({
    event: v.pipe(v.string(), v.minLength(1), v.maxLength(200)),
    count: v.optional(numberOperators),
    last: v.optional(duration),
    where: v.optional(where),
  }),
}
export const condition = v.lazy(
  branchOf(conditionBranches),
) as unknown as v.GenericSchema<Condition>

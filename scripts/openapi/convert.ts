/** valibot schemas → JSON Schema 2020-12, as OpenAPI 3.1 and editors read it. */
import { toJsonSchemaDefs, type ConversionConfig, type JsonSchema } from '@valibot/to-json-schema'
import type * as v from 'valibot'
import {
  clockBranches,
  clockLeaf,
  condition,
  conditionBranches,
  duration,
  elementBranches,
  elementCondition,
  operands,
  step,
  stepBranches,
  where,
  whereBranches,
} from '../../worker/contract/condition.ts'
import { between, periodName, zone } from '../../worker/contract/condition/moment.ts'
import { propertyMeasure } from '../../worker/contract/condition/event.ts'
import { momentOperators, numberOperators } from '../../worker/contract/condition/operators.ts'
import { worded } from './condition-words.ts'
import type { Kind } from '../../worker/contract/condition/schema.ts'

export type { JsonSchema }
type Schema = v.GenericSchema

const capital = (word: string): string => word.slice(0, 1).toUpperCase() + word.slice(1)

/** A tree of any kind is any of its branches, each under a name of its own. */
const TREES: readonly { name: string; tree: Schema; branches: readonly Kind[] }[] = [
  { name: 'Condition', tree: condition, branches: conditionBranches },
  { name: 'PropertyCondition', tree: where, branches: whereBranches },
  { name: 'ElementCondition', tree: elementCondition, branches: elementBranches },
  { name: 'Step', tree: step, branches: stepBranches },
  { name: 'ConditionClock', tree: clockLeaf, branches: clockBranches },
]

/** What stands in many places, written out once. */
const PARTS: Readonly<Record<string, Schema>> = {
  ...Object.fromEntries(
    Object.entries(operands).map(([name, schema]) => [`Operand${name}`, schema]),
  ),
  Duration: duration,
  Between: between,
  PeriodName: periodName,
  ZoneOf: zone,
  NumberOperators: numberOperators,
  MomentOperators: momentOperators,
  PropertyMeasure: propertyMeasure,
}

/** The condition language, one definition a branch: CONDITION_DEFINITIONS.ConditionTrait, … */
export const CONDITION_DEFINITIONS: Readonly<Record<string, Schema>> = Object.fromEntries([
  ...Object.entries(PARTS),
  ...TREES.flatMap(({ name, tree, branches }) => [
    [name, tree],
    ...branches.map((kind) => [name + capital(kind.name), kind.schema] as const),
  ]),
])

/** Checks that want one of the fields that may all be absent. */
const NEEDS_ONE = /^Expected (an operator:|one of eq|before, after)/

/**
 * @param refOf where a definition will stand: "#/$defs/Fault"
 * What a schema checks by code becomes its message, as a description.
 */
export function definitionsOf(
  definitions: Readonly<Record<string, Schema>>,
  refOf: (name: string) => string,
): Record<string, JsonSchema> {
  const config: ConversionConfig = {
    target: 'draft-2020-12',
    typeMode: 'input',
    ignoreActions: ['finite', 'transform'],
    overrideRef: ({ referenceId }) => refOf(referenceId),
    overrideAction: ({ valibotAction: action, jsonSchema, errors }) => {
      if (action.type !== 'check' && action.type !== 'regex') return null
      const { message } = action as unknown as { message: unknown }
      // A regex beside a regex is the only fault that a check cannot have.
      if (action.type === 'regex' && errors !== undefined) return null
      if (typeof message !== 'string') return jsonSchema
      // What a leaf looks at, where it names that, and an operator beside it.
      const needed = NEEDS_ONE.test(message)
        ? { minProperties: (jsonSchema.required ?? []).length + 1 }
        : {}
      return { ...jsonSchema, description: message, ...needed }
    },
    overrideSchema: ({ valibotSchema, jsonSchema }) => {
      // JSON objects are checked by code, since they were parsed from JSON before.
      if (valibotSchema.type === 'custom') return { type: 'object' }
      const tree = TREES.find((one) => one.tree === valibotSchema)
      if (tree !== undefined) {
        return {
          anyOf: tree.branches.map((kind) => ({ $ref: refOf(tree.name + capital(kind.name)) })),
        }
      }
      return 'entries' in valibotSchema
        ? withRequired(jsonSchema, valibotSchema.entries as Readonly<Record<string, Schema>>)
        : null
    },
  }
  const all = toJsonSchemaDefs(definitions, config)
  // The getter of a tree is also asked what an undefined input would be: nothing refers to that.
  return Object.fromEntries(
    Object.keys(definitions).map((name) => [name, worded(name, all[name] as JsonSchema)]),
  )
}

/** What may be undefined is absent in JSON; and `required: []` says nothing. */
function withRequired(
  { required = [], ...schema }: JsonSchema,
  entries: Readonly<Record<string, Schema>>,
): JsonSchema {
  const names = required.filter((name) => entries[name]?.type !== 'undefinedable')
  return names.length === 0 ? schema : { ...schema, required: names }
}

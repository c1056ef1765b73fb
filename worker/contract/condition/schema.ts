/** Parts that all schemas of conditions are made of: their faults tell what would be allowed. */
import * as v from 'valibot'

export const key = v.pipe(v.string(), v.minLength(1), v.maxLength(100))
export const eventName = v.pipe(v.string(), v.minLength(1), v.maxLength(200))
export const finite = v.pipe(v.number(), v.finite())

export type Branch = v.GenericSchema

/** One thing that a tree can be, and how an input shows that it is meant. */
export interface Kind {
  readonly name: string
  readonly schema: Branch
  readonly isMeant: (input: unknown) => boolean
}

const fieldOf = (input: unknown, name: string): unknown =>
  typeof input === 'object' && input !== null && Object.hasOwn(input, name)
    ? (input as Readonly<Record<string, unknown>>)[name]
    : undefined

/** Known by a field of its name. */
export const byField = (name: string, schema: Branch): Kind => ({
  name,
  schema,
  isMeant: (input) => fieldOf(input, name) !== undefined,
})

/** Known by a field of its name that is a list: what is no list is an operator. */
export const byList = (name: string, schema: Branch): Kind => ({
  name,
  schema,
  isMeant: (input) => Array.isArray(fieldOf(input, name)),
})

/** Known by what a field of the tree's says. */
export const byValue = (field: string, name: string, schema: Branch): Kind => ({
  name,
  schema,
  isMeant: (input) => fieldOf(input, field) === name,
})

/**
 * A tree is checked branch by branch under the first schema that it can be
 * meant as, so that a fault deep inside is told where it is and not as "no
 * variant matched".
 */
export const treeOf = <T>(kinds: () => readonly Kind[], otherwise?: string): v.GenericSchema<T> =>
  v.lazy((input) => {
    const meant = kinds().find(({ isMeant }) => isMeant(input))
    if (meant !== undefined) return meant.schema
    const names = kinds().map(({ name }) => name)
    const expected = otherwise ?? `Expected an object with one of: ${names.join(', ')}`
    return v.custom<never>(() => false, expected)
  }) as unknown as v.GenericSchema<T>

/** One part or more of a tree. */
export const parts = (tree: () => v.GenericSchema) =>
  v.pipe(v.array(v.lazy(tree), 'Expected a list of conditions'), v.minLength(1))

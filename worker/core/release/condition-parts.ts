/** Every object that a condition is made of, with the path to it: what checks look through. */
export interface Part {
  readonly path: string
  readonly object: Readonly<Record<string, unknown>>
  /** Branches and leaves above it. */
  readonly level: number
  /** A branch or a leaf, and not an operand of one. */
  readonly isNode: boolean
  /** Among the properties of an event or of an element, so that these can be compared with. */
  readonly hasProperties: boolean
}

const NODE_FIELDS = new Set(['all', 'any', 'none', 'not', 'where', 'sequence'])
const PROPERTY_FIELDS = new Set(['where', 'all', 'any', 'none'])

export function* partsOf(condition: unknown, path: string): Generator<Part> {
  yield* walk(condition, { path, level: 1, isNode: true, hasProperties: false })
}

function* walk(value: unknown, at: Omit<Part, 'object'>): Generator<Part> {
  if (Array.isArray(value)) {
    for (const [i, element] of value.entries()) {
      yield* walk(element, { ...at, path: `${at.path}[${i}]` })
    }
    return
  }
  if (typeof value !== 'object' || value === null) return
  const object = value as Part['object']
  yield { ...at, object }
  for (const [field, inner] of Object.entries(object)) {
    const isNode = NODE_FIELDS.has(field)
    yield* walk(inner, {
      path: `${at.path}.${field}`,
      level: isNode ? at.level + 1 : at.level,
      isNode,
      hasProperties:
        at.hasProperties ||
        (PROPERTY_FIELDS.has(field) && (field === 'where' || !Array.isArray(inner))),
    })
  }
}

/** Names that stand twice in one object of a JSON text: JSON.parse keeps the last and says nothing. */
import type { ESTree } from 'vite'

export interface DuplicateKey {
  /** `policies[0].limit` */
  readonly path: string
  /** From 1: where it stands again, and where it stood first. */
  readonly line: number
  readonly firstLine: number
}

/** @param value what JSON.parse made of the text */
export async function duplicateKeys(text: string, value: unknown): Promise<DuplicateKey[]> {
  if (namesIn(text) === membersOf(value)) return []
  // A parser takes its time to load: only for whoever has something to look for.
  const { parseSync } = await import('vite')
  const { program } = parseSync('configuration.js', `(${text})`, { preserveParens: false })
  const [statement] = program.body
  if (statement?.type !== 'ExpressionStatement') throw new Error('JSON is an expression')
  // The parenthesis is not of the text.
  const lineAt = (at: number): number => text.slice(0, at - 1).split('\n').length
  return [...duplicatesIn(statement.expression, '', lineAt)]
}

/** Of valid JSON: every name has a colon, and outside of texts nothing else has. */
function namesIn(text: string): number {
  return text.replaceAll(/"(?:[^"\\]|\\.)*"/gs, '').split(':').length - 1
}

function membersOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  const values: unknown[] = Object.values(value)
  const own = Array.isArray(value) ? 0 : values.length
  return values.reduce<number>((sum, one) => sum + membersOf(one), own)
}

function* duplicatesIn(
  node: ESTree.Expression,
  path: string,
  lineAt: (at: number) => number,
): Generator<DuplicateKey> {
  if (node.type === 'ArrayExpression') {
    for (const [i, element] of node.elements.entries()) {
      if (element === null || element.type === 'SpreadElement') continue
      yield* duplicatesIn(element, `${path}[${i}]`, lineAt)
    }
  }
  if (node.type !== 'ObjectExpression') return
  const seen = new Map<string, number>()
  for (const property of node.properties) {
    if (property.type !== 'Property' || property.key.type !== 'Literal') continue
    const name = String(property.key.value)
    const own = path === '' ? name : `${path}.${name}`
    const line = lineAt(property.start)
    const firstLine = seen.get(name)
    if (firstLine !== undefined) yield { path: own, line, firstLine }
    seen.set(name, firstLine ?? line)
    yield* duplicatesIn(property.value, own, lineAt)
  }
}

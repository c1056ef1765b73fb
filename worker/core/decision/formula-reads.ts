/** What a formula reads, found by walking it; and what no formula may do. */
import type { ASTNode } from '@marcbachmann/cel-js'

export interface FormulaReads {
  readonly aggregates: ReadonlySet<string>
  /** Key → where it first stands. */
  readonly segments: ReadonlyMap<string, number>
  /** First names below `context`; null where they are not all known beforehand. */
  readonly context: ReadonlySet<string> | null
  /** `at` is null where it is the whole. */
  readonly fault: { readonly at: number | null; readonly wrong: string } | null
}

/** That an action may have. */
const MOST_TAGS = 20
/** Parts that are worked out for one candidate, of which a policy may have a thousand. */
const MOST_STEPS = 1000
/** Walks over lists: what they cost is the product of their lengths. */
const MACROS = new Set(['all', 'exists', 'exists_one', 'existsOne', 'map', 'filter'])

export function readsOf(ast: ASTNode): FormulaReads {
  const aggregates = new Set<string>()
  const segments = new Map<string, number>()
  const context = new Set<string>()
  let wholeContext = false
  let fault: FormulaReads['fault'] = null

  const visit = (node: ASTNode): void => {
    const read = readOf(node)
    if (read !== null) {
      const [of, name] = read
      if (of === 'context') context.add(name)
      if (of === 'aggregates') aggregates.add(name)
      if (of === 'segments' && !segments.has(name)) segments.set(name, node.start)
      return
    }
    if (node.op === 'id') {
      if (node.args === 'context') wholeContext = true
      if (node.args === 'aggregates' || node.args === 'segments') {
        fault ??= { at: node.start, wrong: `"${node.args}" needs a name: ${node.args}["…"]` }
      }
      return
    }
    const wrong = forbidden(node)
    if (wrong !== null) fault ??= { at: node.start, wrong }
    for (const child of childrenOf(node.args)) visit(child)
  }
  visit(ast)
  const steps = stepsOf(ast)
  if (steps > MOST_STEPS) {
    const wrong = `it takes up to ${steps} steps for each candidate, where ${MOST_STEPS} are allowed`
    fault ??= { at: null, wrong }
  }
  return { aggregates, segments, context: wholeContext ? null : context, fault }
}

/** `segments.pro` and `segments["pro"]`. */
function readOf(node: ASTNode): readonly [of: string, name: string] | null {
  if (node.op === '.' || node.op === '.?') {
    const [of, name] = node.args
    return of.op === 'id' ? [of.args, name] : null
  }
  if (node.op === '[]' || node.op === '[?]') {
    const [of, at] = node.args
    return of.op === 'id' && at.op === 'value' && typeof at.args === 'string'
      ? [of.args, at.args]
      : null
  }
  return null
}

function forbidden(node: ASTNode): string | null {
  if (node.op !== 'call' && node.op !== 'rcall') return null
  const [name] = node.args
  // A name for a sum of itself, again and again: twice as long each time.
  if (name === 'bind') return '"bind" is not for formulas'
  // The platform's own engine may take for ever on a pattern.
  if (name === 'matches') return '"matches" is not for formulas: make it a segment'
  if (!isWalk(node)) return null
  if (!isShort(node.args[1])) {
    return `"${name}" goes over action.tags or a list that stands in the formula, nothing else`
  }
  for (const child of childrenOf(node.args)) {
    if (holdsWalk(child)) return `"${name}" holds another of its kind: one list at a time`
  }
  return null
}

const isWalk = (node: ASTNode): node is ASTNode & { readonly op: 'rcall' } =>
  node.op === 'rcall' && MACROS.has(node.args[0])

function holdsWalk(node: ASTNode): boolean {
  if (isWalk(node)) return true
  for (const child of childrenOf(node.args)) if (holdsWalk(child)) return true
  return false
}

/** At most so many parts are worked out: the body of a walk once for each element. */
function stepsOf(node: ASTNode): number {
  let steps = 1
  for (const child of childrenOf(node.args)) steps += stepsOf(child)
  if (!isWalk(node)) return steps
  const [, list, body] = node.args
  const rounds = list.op === 'list' ? list.args.length : MOST_TAGS
  return stepsOf(list) + rounds * body.reduce((sum, part) => sum + stepsOf(part), 1)
}

/** A list whose length a visitor has no say in. */
function isShort(node: ASTNode): boolean {
  if (node.op === 'list') return true
  const read = readOf(node)
  return read !== null && read[0] === 'action' && read[1] === 'tags'
}

function* childrenOf(args: unknown): Generator<ASTNode> {
  if (Array.isArray(args)) for (const arg of args) yield* childrenOf(arg)
  else if (typeof args === 'object' && args !== null && 'op' in args) yield args as ASTNode
}

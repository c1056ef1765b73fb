/**
 * In worker/core the time is an argument. `Date.parse`, `Date.UTC` and
 * `new Date(ms)` compute and stay; whatever can read the clock goes,
 * `Date` handed on as a value included.
 */
import type { Node, Rule } from './ast.ts'

const PURE = new Set(['parse', 'UTC'])

export const noClock: Rule = {
  meta: { type: 'problem' },
  create(context) {
    return {
      Identifier(node) {
        if (node['name'] !== 'Date' || isPure(node, node.parent)) return
        context.report({
          node,
          message:
            'The core has no clock: take `nowMs` as an argument. Date.parse, Date.UTC and new Date(ms) are fine.',
        })
      },
    }
  },
}

function isPure(node: Node, parent: Node | undefined): boolean {
  if (parent === undefined) return false
  switch (parent.type) {
    case 'TSTypeReference':
    case 'TSQualifiedName':
      return true
    case 'MemberExpression':
      if (parent['object'] !== node) return !parent['computed'] && !isGlobal(parent['object'])
      return !parent['computed'] && PURE.has((parent['property'] as { name: string }).name)
    case 'NewExpression':
      return parent['callee'] === node && (parent['arguments'] as unknown[]).length > 0
    case 'Property':
      return parent['key'] === node && !parent['computed'] && !parent['shorthand']
    default:
      return false
  }
}

function isGlobal(object: unknown): boolean {
  return (object as { name?: string }).name === 'globalThis'
}

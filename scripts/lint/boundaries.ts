/** Keeps imports to the arrows of zones.ts. */
import { dirname, relative, resolve, sep } from 'node:path'
import { literalText, type Node, type Rule } from './ast.ts'
import { zoneOf, type Zone } from './zones.ts'

export const boundaries: Rule = {
  meta: { type: 'problem' },
  create(context) {
    const path = fromRoot(context.cwd, context.filename)
    const zone = zoneOf(path)
    if (zone === null) return {}
    const check = (node: Node, source: string | null, typeOnly: boolean): void => {
      if (source === null) {
        context.report({ node, message: 'Import by a literal path, so that it can be checked.' })
        return
      }
      const fault = source.startsWith('.')
        ? faultOfPath(
            zone,
            fromRoot(context.cwd, resolve(dirname(context.filename), source)),
            typeOnly,
          )
        : faultOfPackage(zone, source)
      if (fault !== null) context.report({ node, message: `${fault} ${allowed(zone)}` })
    }
    return {
      ImportDeclaration: (node) =>
        check(node, literalText(node['source']), node['importKind'] === 'type'),
      ExportNamedDeclaration: (node) => {
        if (node['source']) check(node, literalText(node['source']), node['exportKind'] === 'type')
      },
      ExportAllDeclaration: (node) =>
        check(node, literalText(node['source']), node['exportKind'] === 'type'),
      ImportExpression: (node) => check(node, literalText(node['source']), false),
      TSImportType: (node) => check(node, literalText(node['source'] ?? node['argument']), true),
    }
  },
}

function faultOfPath(zone: Zone, target: string, typeOnly: boolean): string | null {
  const other = zoneOf(target)
  const name = other?.path ?? target
  if (name === zone.path || zone.values.includes(name)) return null
  if (!zone.types.includes(name)) return `${zone.path} may not import ${target}.`
  return typeOnly ? null : `${zone.path} may only \`import type\` from ${name}.`
}

function faultOfPackage(zone: Zone, source: string): string | null {
  const name = source.startsWith('node:')
    ? 'node:'
    : source.split('/', source.startsWith('@') ? 2 : 1).join('/')
  return zone.packages.includes(name) ? null : `${zone.path} may not import the package ${source}.`
}

function allowed(zone: Zone): string {
  const list = [...zone.values, ...zone.types.map((name) => `types of ${name}`), ...zone.packages]
  return list.length === 0 ? 'It imports nothing but itself.' : `Allowed: ${list.join(', ')}.`
}

function fromRoot(root: string, path: string): string {
  return relative(root, path).split(sep).join('/')
}

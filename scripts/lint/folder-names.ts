/** A folder is named after what is in it. */
import { relative, sep } from 'node:path'
import type { Rule } from './ast.ts'

const SAYS_NOTHING = new Set([
  'utils',
  'util',
  'helpers',
  'helper',
  'common',
  'lib',
  'types',
  'misc',
  'shared',
])

export const folderNames: Rule = {
  meta: { type: 'problem' },
  create(context) {
    return {
      Program(node) {
        const folders = relative(context.cwd, context.filename).split(sep).slice(0, -1)
        const bad = folders.find((folder) => SAYS_NOTHING.has(folder.toLowerCase()))
        if (bad === undefined) return
        context.report({
          node,
          message: `A folder named "${bad}" says nothing: name it after what it holds.`,
        })
      },
    }
  },
}

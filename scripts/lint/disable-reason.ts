/** Whoever silences the linter or the compiler says why, after `--`. */
import type { Rule } from './ast.ts'

const SILENCES = /^\s*(?:(?:ox|es)lint-disable|@ts-(?:expect-error|ignore|nocheck))/
const REASON = /--\s*\S{3,}/

export const disableReason: Rule = {
  meta: { type: 'problem' },
  create(context) {
    return {
      Program() {
        for (const comment of context.sourceCode.getAllComments()) {
          if (!SILENCES.test(comment.value) || REASON.test(comment.value)) continue
          context.report({ node: comment, message: 'Say why this is silenced: `… -- reason`.' })
        }
      },
    }
  },
}

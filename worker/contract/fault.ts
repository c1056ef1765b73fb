/** What is wrong with a document, in words: where, what was found, what is allowed. */
import type * as v from 'valibot'
import type { Fault } from './problem.ts'

/** The deepest thing that valibot knows of an issue: a variant's own fault rather than "no variant fits". */
export function faultOf(issue: v.BaseIssue<unknown>): Fault {
  const path = (issue.path ?? []).reduce(
    (text, { key }) =>
      typeof key === 'number'
        ? `${text}[${key}]`
        : text === ''
          ? String(key)
          : `${text}.${String(key)}`,
    '',
  )
  // Strict objects say "never" of a key that they do not know.
  const unknown = issue.expected === 'never'
  const told = issue.message.startsWith('Expected')
  if (!unknown && isMissing(issue)) {
    // What valibot itself says of it is that it is missing.
    const says = told && !issue.message.endsWith('but received undefined')
    return { path, wrong: 'is missing', ...(says ? { allowed: issue.message } : {}) }
  }
  const allowed = told ? issue.message : (issue.expected ?? issue.message)
  return unknown && !told
    ? { path, wrong: 'no such field' }
    : { path, wrong: unknown ? 'no such field' : foundIn(issue), allowed }
}

/** A field that is not there is told by the object that misses it, or by its own schema. */
const isMissing = ({ received, path }: v.BaseIssue<unknown>): boolean =>
  received === 'undefined' && path?.at(-1) !== undefined

/** Of an object that is nothing known: by which names it was meant. */
function foundIn({ received, input }: v.BaseIssue<unknown>): string {
  if (received !== 'Object') return `received ${received}`
  const names = Object.keys(input as object)
  return names.length === 0
    ? 'an empty object'
    : `an object with ${names.slice(0, 5).join(', ')}${names.length > 5 ? ', …' : ''}`
}

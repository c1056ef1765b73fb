/** What is wrong with a document, in words: where, what was found, what is allowed. */
import type * as v from 'valibot'
import { LISTS } from './entities.ts'
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

/** What an element of a list is called; of other lists elements have no key. */
const ELEMENTS: Readonly<Record<string, string>> = { ...LISTS, arms: 'arm', contexts: 'context' }

/** The fault, with the keys of the elements that its path leads through. */
export function inDocument(document: unknown, fault: Fault): Fault {
  const keys: string[] = []
  let at: unknown = document
  let list = ''
  for (const [, name, index] of fault.path.matchAll(/([^.[\]]+)|\[(\d+)\]/g)) {
    at = own(at, name ?? index ?? '')
    const key = own(at, 'key')
    if (index !== undefined && ELEMENTS[list] !== undefined && typeof key === 'string') {
      keys.push(`${ELEMENTS[list]} ${key.slice(0, 100)}`)
    }
    list = name ?? ''
  }
  return keys.length === 0 ? fault : { ...fault, in: keys.join(', ') }
}

const own = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined

/** A field that is not there is told by the object that misses it, or by its own schema. */
const isMissing = ({ received, path }: v.BaseIssue<unknown>): boolean =>
  received === 'undefined' && path?.at(-1) !== undefined

/** Of an object that is nothing known: by which names it was meant. */
function foundIn({ type, received, input }: v.BaseIssue<unknown>): string {
  if (type === 'min_length' || type === 'max_length') {
    return `has ${received} ${typeof input === 'string' ? 'characters' : 'elements'}`
  }
  if (received !== 'Object') return `received ${received}`
  const names = Object.keys(input as object)
  return names.length === 0
    ? 'an empty object'
    : `an object with ${names.slice(0, 5).join(', ')}${names.length > 5 ? ', …' : ''}`
}

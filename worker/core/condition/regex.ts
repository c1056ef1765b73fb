/**
 * Patterns of configurations in RE2's syntax: time is linear in the text,
 * whatever the pattern. Loaded only by releases that have one.
 */
import { RE2JS, RE2JSException } from 're2js'
import type { CheckedRegexEngine } from './scope.ts'

/** Steps of a compiled pattern: `(a{1,100}){1,100}` would be ten thousand, for every character. */
const LARGEST = 2000

export const regexEngine: CheckedRegexEngine = {
  compile: (pattern) => {
    const compiled = RE2JS.compile(pattern)
    return (text) => compiled.matcher(text).find()
  },
  fault: (pattern) => {
    try {
      const size = RE2JS.compile(pattern).programSize()
      return size > LARGEST ? `it takes ${size} steps` : null
    } catch (error) {
      if (error instanceof RE2JSException) return error.message
      throw error
    }
  },
}

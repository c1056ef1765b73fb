/** What a parsed JSON value may be made of: bounded, finite, and free of keys that reach prototypes. */
export interface JsonLimits {
  readonly depth: number
  readonly keys: number
}

export interface JsonFault {
  readonly code: 'too_deep' | 'too_many_keys' | 'forbidden_key' | 'not_finite'
  readonly path: string
}

const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype'])

/** The first fault of a value, or null. Counts array elements as keys. */
export function guardJson(value: unknown, limits: JsonLimits): JsonFault | null {
  let keys = 0
  const visit = (node: unknown, depth: number): JsonFault | null => {
    if (typeof node === 'number') {
      // JSON knows no infinity, but 1e999 parses to one.
      return Number.isFinite(node) ? null : { code: 'not_finite', path: '' }
    }
    if (typeof node !== 'object' || node === null) return null
    if (depth >= limits.depth) return { code: 'too_deep', path: '' }
    if (Array.isArray(node)) {
      keys += node.length
      if (keys > limits.keys) return { code: 'too_many_keys', path: '' }
      for (let i = 0; i < node.length; i++) {
        const fault = visit(node[i], depth + 1)
        if (fault !== null) return { code: fault.code, path: `[${i}]${fault.path}` }
      }
      return null
    }
    for (const key of Object.keys(node)) {
      keys++
      if (keys > limits.keys) return { code: 'too_many_keys', path: '' }
      if (FORBIDDEN.has(key)) return { code: 'forbidden_key', path: `.${key}` }
      const fault = visit((node as Record<string, unknown>)[key], depth + 1)
      if (fault !== null) return { code: fault.code, path: `.${key}${fault.path}` }
    }
    return null
  }
  return visit(value, 0)
}

/** Escapes one after the other: a pair of surrogates, half of one, or any other. */
const ESCAPE = /\\ud[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2}|\\ud[89a-f][0-9a-f]{2}|\\[^]/gi

/**
 * JSON.parse that replaces lone surrogates, as a text cut within an emoji
 * leaves them, by U+FFFD, in keys too: no store or warehouse could keep them.
 * In the text, since a reviver would recurse as deep as the sender likes.
 * @throws SyntaxError
 */
export function parseJson(text: string): unknown {
  // Bytes decoded as UTF-8 hold none, so only an escape can bring one in.
  if (!/\\ud[89a-f]/i.test(text)) return JSON.parse(text)
  return JSON.parse(text.replace(ESCAPE, (escape) => (escape.length === 6 ? '\\ufffd' : escape)))
}

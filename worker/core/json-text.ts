/** Documents as JSON text, written once however often they are weighed and stored. */
import type { EventRecord, OutboxBody } from './record.ts'

const texts = new WeakMap<object, string>()

/**
 * @param document one that nothing changes any more
 * @param formOf what is written of it; always the same for one document
 */
export function jsonText<T extends object>(
  document: T,
  formOf: (document: T) => object = (itself) => itself,
): string {
  let text = texts.get(document)
  if (text === undefined) {
    text = JSON.stringify(formOf(document))
    texts.set(document, text)
  }
  return text
}

const VERSION = 1 satisfies OutboxBody['v']

/** The OutboxBody of a commit's records. */
export const bodyText = (records: readonly EventRecord[]): string =>
  `{"v":${VERSION},"records":${jsonText(records)}}`

const encoder = new TextEncoder()

/** Whether texts are more than so many bytes of UTF-8 together. */
export function isHeavier(documents: readonly string[], bytes: number): boolean {
  const length = documents.reduce((sum, text) => sum + text.length, 0)
  // A UTF-16 unit is one to three bytes of UTF-8: mostly that says enough.
  if (length > bytes) return true
  if (length * 3 <= bytes) return false
  return documents.reduce((sum, text) => sum + encoder.encode(text).length, 0) > bytes
}

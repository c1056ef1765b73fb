/** What a placement's content is to a client that reads it as a flag of one type. */
import type { ContentValue } from '../../contract/decide.ts'

/** A text as the value of a flag; null when it reads as none of that type. */
export function scalarOf(
  type: 'string' | 'number' | 'boolean',
  content: ContentValue,
): string | number | boolean | null {
  const text = typeof content === 'string' ? content : content.html
  if (type === 'string') return text
  if (type === 'boolean') return text === 'true' ? true : text === 'false' ? false : null
  const number = Number(text)
  return text.trim() !== '' && Number.isFinite(number) ? number : null
}

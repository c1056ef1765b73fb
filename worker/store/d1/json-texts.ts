/** A D1 value holds two million bytes: long lists go as several texts. */

const TEXT_CHARACTERS = 500_000

/** JSON arrays that hold all items in order; a single item may be larger than the others together. */
export function inTexts(items: readonly object[]): string[] {
  const texts: string[] = []
  let text = ''
  for (const item of items) {
    const json = JSON.stringify(item)
    if (text !== '' && text.length + json.length > TEXT_CHARACTERS) {
      texts.push(`[${text}]`)
      text = ''
    }
    text += text === '' ? json : `,${json}`
  }
  return text === '' ? texts : [...texts, `[${text}]`]
}

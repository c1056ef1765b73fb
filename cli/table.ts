/** Columns of text, wide characters counted as two. */

/** One line a row, columns aligned, nothing at the ends of lines. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows].map((row) => row.map(printable))
  const widths = head.map((_, i) => Math.max(...all.map((row) => width(row[i] ?? ''))))
  return all
    .map((row) =>
      row
        .map((cell, i) => cell + ' '.repeat((widths[i] ?? 0) - width(cell)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** What would move the cursor or change colours stands as its code: cells may come from visitors. */
export const printable = (text: string): string =>
  text.replaceAll(/[\u0000-\u001F\u007F-\u009F]/g, (character) =>
    JSON.stringify(character).length > 3
      ? JSON.stringify(character).slice(1, -1)
      : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )

/** East Asian wide and fullwidth characters take two cells of a terminal. */
const WIDE =
  /[\u1100-\u115F\u2E80-\u303E\u3041-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6]|[\u{1F300}-\u{1FAFF}\u{20000}-\u{3FFFD}]/u

function width(text: string): number {
  let cells = 0
  for (const character of text) cells += WIDE.test(character) ? 2 : 1
  return cells
}

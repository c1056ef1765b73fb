/** What somebody who mistyped a name most likely meant. */

/** A third of its letters may be wrong, three at most. */
const MOST_WRONG = 3

/** The known name that the fewest changes make of this one; null where none is near. */
export function nearest(name: string, known: Iterable<string>): string | null {
  let best: string | null = null
  let fewest = Math.min(MOST_WRONG, Math.floor(Math.max(name.length, 3) / 3)) + 1
  for (const one of known) {
    if (Math.abs(one.length - name.length) >= fewest) continue
    const changes = changesBetween(name.toLowerCase(), one.toLowerCase())
    if (changes >= fewest) continue
    fewest = changes
    best = one
  }
  return best
}

/** Letters put in, left out, replaced or swapped with the next (optimal string alignment). */
function changesBetween(a: string, b: string): number {
  let before: number[] = []
  let above = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      row[j] = Math.min(
        (above[j] as number) + 1,
        (row[j - 1] as number) + 1,
        (above[j - 1] as number) + (same ? 0 : 1),
        swapped ? (before[j - 2] as number) + 1 : Infinity,
      )
    }
    before = above
    above = row
  }
  return above[b.length] as number
}

/** What there is, the likeliest first; a list of hundreds helps nobody. */
export function knownNames(name: string, known: ReadonlySet<string>): string {
  const near = nearest(name, known)
  const some = [...known].slice(0, MOST_NAMED).join(', ')
  return near === null ? some : known.size === 1 ? `"${near}"` : `"${near}"? There are: ${some}`
}
const MOST_NAMED = 20

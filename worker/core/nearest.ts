/** What somebody who mistyped a name most likely meant. */

/** A third of its letters may be wrong, three at most. */
const MOST_WRONG = 3

/** The known name that the fewest changes make of this one; null where none is near. */
export function nearest(name: string, known: Iterable<string>): string | null {
  const low = name.toLowerCase()
  let best: string | null = null
  let most = Math.min(MOST_WRONG, Math.floor(Math.max(name.length, 3) / 3))
  for (const one of known) {
    const changes = changesBetween(low, one.toLowerCase(), most)
    if (changes > most) continue
    if (changes === 0) return one
    best = one
    most = changes - 1
  }
  return best
}

/**
 * Letters put in, left out, replaced or swapped with the next (optimal string
 * alignment); `most` + 1 where they are more. Looks no further from the
 * diagonal than that many changes lead: a configuration may have thousands of
 * names, and as many that are none.
 */
export function changesBetween(a: string, b: string, most: number): number {
  const tooMany = most + 1
  if (Math.abs(a.length - b.length) > most) return tooMany
  // In a row, b's j-th letter stands at j - i + most + 1; its ends are never reached.
  const width = 2 * most + 3
  let before = new Uint8Array(width).fill(tooMany)
  let above = new Uint8Array(width).fill(tooMany)
  let row = new Uint8Array(width).fill(tooMany)
  for (let j = 0; j <= most; j++) above[j + most + 1] = j
  for (let i = 1; i <= a.length; i++) {
    const letter = a.charCodeAt(i - 1)
    let fewest = tooMany
    for (let at = 1; at < width - 1; at++) {
      const j = i + at - most - 1
      let changes = tooMany
      if (j === 0) changes = i
      else if (j > 0 && j <= b.length) {
        const same = letter === b.charCodeAt(j - 1)
        changes = Math.min(
          (above[at] as number) + (same ? 0 : 1),
          (above[at + 1] as number) + 1,
          (row[at - 1] as number) + 1,
        )
        const swapped =
          i > 1 &&
          j > 1 &&
          letter === b.charCodeAt(j - 2) &&
          a.charCodeAt(i - 2) === b.charCodeAt(j - 1)
        if (swapped) changes = Math.min(changes, (before[at] as number) + 1)
      }
      row[at] = Math.min(changes, tooMany)
      if (changes < fewest) fewest = changes
    }
    // A swap reaches over one row, and costs no less than what that one has.
    if (fewest > most) return tooMany
    const last = before
    before = above
    above = row
    row = last
  }
  return above[b.length - a.length + most + 1] as number
}

/** What there is, the likeliest first; a list of hundreds helps nobody. */
export function knownNames(name: string, known: ReadonlySet<string>): string {
  const near = nearest(name, known)
  const some = [...known].slice(0, MOST_NAMED).join(', ')
  return near === null ? some : known.size === 1 ? `"${near}"` : `"${near}"? There are: ${some}`
}
const MOST_NAMED = 20

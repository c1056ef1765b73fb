/**
 * People whom an undone merge told apart are never joined again. Each such pair
 * has a name, and its two sides carry a mark each; whoever merges with a side
 * inherits its marks, so the pair holds through any third person. A union of
 * sets: order does not matter, and two profiles alone tell whether they may meet.
 */

/** A pair's digest and the side, 0 or 1. */
export type ApartMark = string
export type ApartMarks = readonly ApartMark[]

/** Pairs that one person may be a side of; see caps.ts. */
export const MAX_APART = 16

export const markOf = (pair: string, side: 0 | 1): ApartMark => `${pair}${side}`

const pairOf = (mark: ApartMark): string => mark.slice(0, -1)

/** Whether somebody is one of the two of a pair. */
export const isSideOf = (pair: string, marks: ApartMarks = []): boolean =>
  marks.some((mark) => pairOf(mark) === pair)

/** Every mark of both, sorted; undefined for none, so that most documents hold nothing of it. */
export function joinMarks(
  a: ApartMarks | undefined,
  b: ApartMarks | undefined,
): ApartMarks | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return [...new Set([...a, ...b])].sort()
}

/** Whether two people may become one: no pair between them, and no more marks than one may carry. */
export function mayJoin(a: ApartMarks | undefined, b: ApartMarks | undefined): boolean {
  const marks = joinMarks(a, b) ?? []
  return marks.length <= MAX_APART && new Set(marks.map(pairOf)).size === marks.length
}

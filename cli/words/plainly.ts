/** A condition in one line, as people write it: with signs for operators, and names for segments. */

const SIGNS: Readonly<Record<string, string>> = {
  gte: '≥',
  lte: '≤',
  gt: '>',
  lt: '<',
  eq: '=',
  ne: '≠',
}
const SIGN = /(?<=\s)(gte|lte|gt|lt|eq|ne)(?=\s)/g

/** @param segment a segment's key → how it is called */
export const plainly = (condition: string, segment: (key: string) => string): string =>
  condition
    .replaceAll(/\bsegment (\S+?)(?=$|[\s)])/g, (_, key: string) => segment(key))
    .replaceAll(/ where (\{[^{}]*\})/g, (whole, json: string) => filterIn(json) ?? whole)
    .replaceAll(SIGN, (sign) => SIGNS[sign] ?? sign)

/** `{"property":"revenue","gte":30000}`; null for what is no single comparison. */
function filterIn(json: string): string | null {
  let parsed: Readonly<Record<string, unknown>>
  try {
    parsed = JSON.parse(json) as Readonly<Record<string, unknown>>
  } catch {
    // Cut short where it was too long to be told whole.
    return null
  }
  const { property, ...operators } = parsed
  const tests = Object.entries(operators)
  if (typeof property !== 'string' || tests.length === 0) return null
  return ` with ${tests.map(([operator, value]) => `${property} ${operator} ${JSON.stringify(value)}`).join(', ')}`
}

/**
 * How much a profile may hold. Each section has a count and a size an item;
 * the product of the two summed over all sections is the document's bound.
 * What does not fit is left out by a rule that knows no order of arrival, and counted.
 */
export interface Caps {
  /** Packed messageIds remembered for telling repeats. */
  readonly seen: number
  readonly recent: number
  /** Bytes of one recent event's properties as JSON. */
  readonly recentBytes: number
  readonly traits: number
  /** Bytes of one trait's name and value as JSON. */
  readonly traitBytes: number
  readonly identifiers: number
  readonly consents: number
}

export const CAPS: Caps = {
  seen: 1024,
  recent: 100,
  recentBytes: 128,
  traits: 48,
  traitBytes: 256,
  identifiers: 16,
  consents: 16,
}

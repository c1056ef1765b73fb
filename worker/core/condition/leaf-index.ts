/** Leaves that look at one thing, answered together: far cheaper than each by itself, and the same. */
import type { Facts } from './facts.ts'

export interface LeafIndex {
  /** How many leaves it answers. */
  readonly size: number
  /** Writes an answer for each of its leaves, but those that must be asked by themselves. */
  answer(facts: Facts, answers: Uint8Array): void
}

/** How a leaf gets into an index: into that of its subject, which the first of them makes. */
export interface Indexed<Index extends LeafIndex = LeafIndex> {
  readonly subject: string
  readonly make: () => Index
  enter(index: Index, leaf: number): void
}

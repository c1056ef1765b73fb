/** How answers are remembered while somebody is asked about. */

/** Of a leaf. YES and NO are also how far behind a step's leaf its two ways stand; see program.ts. */
export const UNKNOWN = 0
export const YES = 1
export const NO = 2

/** Of a walk through a condition: one of these, or both. */
export const HELD = 1
/** It met a leaf that time can change: most ways meet none, and then time has no say in the answer. */
export const TIMED = 2

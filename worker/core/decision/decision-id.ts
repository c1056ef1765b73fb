/** How long a decisionId may be, in characters: what is longer was not made here, and is not opened. */
export const LONGEST_DECISION_ID = 6000

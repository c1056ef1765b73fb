export const MINUTE_MS = 60_000
export const DAY_MS = 86_400_000
/** When the shop opens. */
export const START_MS = Date.UTC(2026, 2, 1)
/** Analysts there count days from their own midnight. */
export const TOKYO_MS = 9 * 3_600_000

/** A retried question gets the answer it had, as far as this isolate remembers. */
const KEPT_MS = 60_000
const MAX_KEPT = 1000
const MAX_CHARACTERS = 4_000_000

export interface Answers {
  get(key: string, nowMs: number): string | null
  keep(key: string, answer: string, nowMs: number): void
}

export function answers(): Answers {
  // A Map keeps the order of insertion: the first is the oldest.
  const kept = new Map<string, { readonly answer: string; readonly atMs: number }>()
  let characters = 0
  const evict = (nowMs: number): void => {
    for (const [key, { answer, atMs }] of kept) {
      const fits = kept.size <= MAX_KEPT && characters <= MAX_CHARACTERS
      if (fits && nowMs - atMs < KEPT_MS) return
      kept.delete(key)
      characters -= answer.length
    }
  }
  return {
    get(key, nowMs) {
      evict(nowMs)
      return kept.get(key)?.answer ?? null
    },
    keep(key, answer, nowMs) {
      characters += answer.length - (kept.get(key)?.answer.length ?? 0)
      kept.set(key, { answer, atMs: nowMs })
      evict(nowMs)
    },
  }
}

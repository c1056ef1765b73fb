/** A retried question gets the answer it had, as far as this isolate remembers. */
const KEPT_MS = 60_000
const MAX_KEPT = 1000

export interface Answers {
  /**
   * The answer kept under `key`, or a new one, kept if `worthKeeping`.
   * null keeps nothing.
   */
  once<T>(
    key: string | null,
    nowMs: number,
    ask: () => Promise<T>,
    worthKeeping: (answer: T) => boolean,
  ): Promise<T>
}

export function answers(): Answers {
  // A Map keeps the order of insertion: the first is the oldest.
  const kept = new Map<string, { readonly answer: unknown; readonly atMs: number }>()
  const evict = (nowMs: number): void => {
    for (const [key, { atMs }] of kept) {
      if (kept.size <= MAX_KEPT && nowMs - atMs < KEPT_MS) return
      kept.delete(key)
    }
  }
  return {
    async once<T>(
      key: string | null,
      nowMs: number,
      ask: () => Promise<T>,
      worthKeeping: (answer: T) => boolean,
    ) {
      if (key === null) return ask()
      evict(nowMs)
      const standing = kept.get(key)
      // Only T is ever kept under a key: the key tells the route and the whole question.
      if (standing !== undefined) return standing.answer as T
      const answer = await ask()
      if (worthKeeping(answer)) kept.set(key, { answer, atMs: nowMs })
      return answer
    },
  }
}

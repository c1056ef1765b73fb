/** The same numbers on every run and machine: mulberry32 (Tommy Ettinger, public domain). */
export interface Random {
  /** In [0, 1). */
  next(): number
  below(n: number): number
  pick<T>(values: readonly T[]): T
  /** `n` different ones. */
  some<T>(values: readonly T[], n: number): T[]
}

export function random(seed: number): Random {
  let state = seed
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
  const below = (n: number): number => Math.floor(next() * n)
  return {
    next,
    below,
    pick: (values) => values[below(values.length)] as never,
    some: (values, n) => {
      const rest = [...values]
      return Array.from({ length: n }, () => rest.splice(below(rest.length), 1)[0] as never)
    },
  }
}

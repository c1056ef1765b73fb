/**
 * Random numbers that a seed fixes: equal seeds give equal numbers on every
 * machine. sfc32 (Chris Doty-Humphrey, PractRand), seeded by murmur3.
 */
import { murmur3 } from '../hash.ts'

export interface Random {
  /** Uniform in [0, 1), 32 bits. */
  uniform(): number
  /** Mean 0, variance 1. */
  normal(): number
  /** Shape k > 0, scale 1. */
  gamma(shape: number): number
  /** a, b > 0. */
  beta(a: number, b: number): number
}

export function randomOf(seed: string): Random {
  let [a, b, c] = [1, 2, 3].map((n) => murmur3(seed, n) | 0) as [number, number, number]
  let counter = 1
  const uniform = (): number => {
    const sum = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + sum) | 0
    return (sum >>> 0) / 4_294_967_296
  }
  // Its first numbers still show the seed.
  for (let i = 0; i < 12; i++) uniform()

  /** Box and Muller; the second of the pair is not kept, so that nothing depends on who asked before. */
  const normal = (): number =>
    Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform())

  /** Marsaglia and Tsang, "A simple method for generating gamma variables" (2000). */
  const gamma = (shape: number): number => {
    if (shape < 1) return gamma(shape + 1) * (1 - uniform()) ** (1 / shape)
    const d = shape - 1 / 3
    const scale = 1 / Math.sqrt(9 * d)
    for (;;) {
      const x = normal()
      const v = (1 + scale * x) ** 3
      if (v <= 0) continue
      if (Math.log(1 - uniform()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v
    }
  }
  const beta = (a: number, b: number): number => {
    const x = gamma(a)
    return x / (x + gamma(b))
  }
  return { uniform, normal, gamma, beta }
}

/**
 * How likely each of several unknown quantities is to be the greatest: what
 * Thompson sampling draws by, worked out by quadrature instead of dice. With
 * densities f and distribution functions F it is ∫ f_a ∏_{b≠a} F_b.
 * Deterministic: equal densities give equal answers.
 */
export interface Density {
  /** Up to a constant. */
  readonly log: (x: number) => number
  /** What lies outside is not worth counting. */
  readonly low: number
  readonly high: number
  readonly middle: number
}

/** Points of each density's own grid: the union of all is integrated over. */
const POINTS = 96
/** So many at most compete; the others are too far behind to be drawn for their own sake. */
const CONTENDERS = 64

/** Adds up to one. */
export function chancesOfBest(densities: readonly Density[]): number[] {
  const chances = densities.map(() => 0)
  const [leader] = densities.map(({ low }) => low).sort((a, b) => b - a)
  const contenders = densities
    .map((density, i) => ({ density, i }))
    .filter(({ density }) => density.high >= (leader ?? 0))
    .sort((a, b) => b.density.high - a.density.high || a.i - b.i)
    .slice(0, CONTENDERS)
  const grid = gridOf(contenders.map(({ density }) => density))
  const tables = contenders.map(({ density }) => tableOf(density, grid))
  let total = 0
  for (const [k, { i }] of contenders.entries()) {
    const { pdf } = tables[k] as Table
    let chance = 0
    for (let x = 1; x < grid.length; x++) {
      const width = (grid[x] as number) - (grid[x - 1] as number)
      const here = (pdf[x] as number) * othersBelow(tables, k, x)
      const before = (pdf[x - 1] as number) * othersBelow(tables, k, x - 1)
      chance += (width * (here + before)) / 2
    }
    chances[i] = chance
    total += chance
  }
  return chances.map((chance) => chance / total)
}

interface Table {
  readonly pdf: Float64Array
  readonly cdf: Float64Array
}

function othersBelow(tables: readonly Table[], k: number, x: number): number {
  let product = 1
  for (let other = 0; other < tables.length && product > 0; other++) {
    if (other !== k) product *= (tables[other] as Table).cdf[x] as number
  }
  return product
}

/** Denser around each middle: the steps grow towards both ends. */
function gridOf(densities: readonly Density[]): number[] {
  const points = new Set<number>()
  for (const { low, high, middle } of densities) {
    for (let i = 0; i <= POINTS; i++) {
      const t = (2 * i) / POINTS - 1
      const reach = t < 0 ? middle - low : high - middle
      points.add(middle + reach * Math.sign(t) * t * t)
    }
  }
  return [...points].sort((a, b) => a - b)
}

function tableOf({ log, low, high, middle }: Density, grid: readonly number[]): Table {
  const top = log(middle)
  const pdf = new Float64Array(grid.length)
  const cdf = new Float64Array(grid.length)
  for (const [i, x] of grid.entries()) {
    pdf[i] = x < low || x > high ? 0 : Math.exp(log(x) - top)
  }
  for (let i = 1; i < grid.length; i++) {
    const width = (grid[i] as number) - (grid[i - 1] as number)
    cdf[i] = (cdf[i - 1] as number) + (width * ((pdf[i] as number) + (pdf[i - 1] as number))) / 2
  }
  const whole = cdf[grid.length - 1] as number
  return { pdf: pdf.map((p) => p / whole), cdf: cdf.map((p) => p / whole) }
}

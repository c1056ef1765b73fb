/** Two sides measured in turn, so that whatever else the machine does falls on both. */
export interface Medians {
  readonly ours: number
  readonly theirs: number
  /** Median of the rounds' own ratios, theirs / ours: two sides of one round share its noise. */
  readonly theirsToOurs: number
  /** The middle half of those ratios. */
  readonly spread: readonly [low: number, high: number]
}

/** ABBA ABBA …: neither side is always the one that runs second. */
export async function interleave(
  rounds: number,
  ours: (round: number) => number | Promise<number>,
  theirs: (round: number) => number | Promise<number>,
): Promise<Medians> {
  const taken = { ours: [] as number[], theirs: [] as number[] }
  for (let round = 0; round < rounds; round++) {
    if (round % 2 === 0) taken.ours.push(await ours(round))
    taken.theirs.push(await theirs(round))
    if (round % 2 === 1) taken.ours.push(await ours(round))
  }
  const ratios = taken.theirs.map((value, i) => value / (taken.ours[i] as number))
  return {
    ours: quantile(taken.ours, 0.5),
    theirs: quantile(taken.theirs, 0.5),
    theirsToOurs: quantile(ratios, 0.5),
    spread: [quantile(ratios, 0.25), quantile(ratios, 0.75)],
  }
}

export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] as number
}

/**
 * Microseconds of CPU, user and system, that one turn of `work` costs this
 * process: unlike the clock on the wall it does not count other processes.
 */
export async function cpuMicros(turns: number, work: (turn: number) => unknown): Promise<number> {
  const before = process.cpuUsage()
  for (let turn = 0; turn < turns; turn++) {
    const result = work(turn)
    if (result instanceof Promise) await result
  }
  const { user, system } = process.cpuUsage(before)
  return (user + system) / turns
}

/** Two loads against the two workers of a site, in turn. */
import { interleave, type Medians } from '../harness/interleave.ts'
import { number } from '../harness/row.ts'
import { send, type Load, type LoadResult } from './load.ts'
import type { Site } from './site.ts'

export interface Duel {
  /** Requests a second; `theirsToOurs` is our throughput over theirs, more is better. */
  readonly throughput: Medians
  /** CPU microseconds of workerd for one request; null where the system does not tell. */
  readonly cpu: { readonly ours: number; readonly theirs: number; readonly ratio: number } | null
}

export interface Sides {
  readonly rounds: number
  readonly ours: () => Load
  readonly theirs: () => Load
  /** Told after each of our rounds. */
  readonly after?: (result: LoadResult) => Promise<void>
}

export async function duel(site: Site, sides: Sides): Promise<Duel> {
  const cpu = { ours: [] as number[], theirs: [] as number[] }
  const timed = async (side: 'ours' | 'theirs'): Promise<number> => {
    const load = sides[side]()
    const before = site.cpuMicros()
    const result = await send(load)
    const after = site.cpuMicros()
    if (before !== null && after !== null) cpu[side].push((after - before) / load.requests)
    if (side === 'ours') await sides.after?.(result)
    return 1 / result.perSecond
  }
  // JIT and caches first.
  await send(sides.ours())
  await send(sides.theirs())
  const throughput = await interleave(
    sides.rounds,
    () => timed('ours'),
    () => timed('theirs'),
  )
  if (cpu.ours.length === 0) return { throughput, cpu: null }
  const replayed = await interleave(
    sides.rounds,
    (round) => cpu.ours[round] as number,
    (round) => cpu.theirs[round] as number,
  )
  return {
    throughput,
    cpu: { ours: replayed.ours, theirs: replayed.theirs, ratio: replayed.theirsToOurs },
  }
}

export const cpuNote = (cpu: Duel['cpu']): string =>
  cpu === null
    ? ''
    : `CPU of workerd a request: ${number(cpu.ours)} µs against the floor's ${number(cpu.theirs)}, ratio ${number(cpu.ratio, 2)}.`

/** Two loads against the two workers of a site, in turn. */
import { setTimeout } from 'node:timers/promises'
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
  /** What a side goes on with behind its answers is waited for, and its CPU time counted as time of the load. */
  readonly settleMs?: number
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
    const answered = site.cpuMicros()
    await setTimeout(sides.settleMs ?? 0)
    const after = site.cpuMicros()
    if (side === 'ours') await sides.after?.(result)
    if (before === null || answered === null || after === null) return 1 / result.perSecond
    cpu[side].push((after - before) / load.requests)
    // workerd is one thread: what it did behind its answers, others would have waited for.
    return 1 / result.perSecond + (after - answered) / 1_000_000 / load.requests
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

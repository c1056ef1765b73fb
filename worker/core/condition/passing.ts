/** A person's recent events of one name that pass a filter: looked for once, however many leaves ask. */
import type { PropertyCondition } from '../../contract/condition.ts'
import type { RecentEvent } from '../profile/profile.ts'
import { slimReader } from '../profile/recent.ts'
import type { Facts } from './facts.ts'
import type { Setting } from './scope.ts'
import { compileWhere, type CompiledWhere } from './where.ts'

export interface Passing {
  /** Oldest first. */
  readonly entries: (facts: Facts) => readonly RecentEvent[]
  /** Null for no filter, and for one in which time has no say: then who passes, passes for good. */
  readonly timed: CompiledWhere | null
}

/** Equal filters of one release are one, so that they find what the other has found. */
const OF_RELEASE = new WeakMap<Setting, Map<string, Passing>>()

export function passing(
  event: string,
  where: PropertyCondition | undefined,
  setting: Setting,
): Passing {
  const known = OF_RELEASE.get(setting) ?? new Map<string, Passing>()
  OF_RELEASE.set(setting, known)
  const key = JSON.stringify([event, where ?? null])
  const standing = known.get(key)
  if (standing !== undefined) return standing
  const made = compile(event, where, setting)
  known.set(key, made)
  return made
}

function compile(event: string, where: PropertyCondition | undefined, setting: Setting): Passing {
  if (where === undefined) return { entries: ({ recentOf }) => recentOf(event), timed: null }
  const compiled = compileWhere(where, setting)
  const find = (facts: Facts): readonly RecentEvent[] =>
    facts.recentOf(event).filter((entry) => compiled.passes(slimReader(entry), facts))
  if (compiled.next !== null) return { entries: find, timed: compiled }
  const entries = (facts: Facts): readonly RecentEvent[] => {
    const known = facts.found.get(entries)
    if (known !== undefined) return known
    const found = find(facts)
    facts.found.set(entries, found)
    return found
  }
  return { entries, timed: null }
}

/** Index of the first entry of a moment or later; their number where there is none. */
export function firstAt(entries: readonly RecentEvent[], atMs: number): number {
  let low = 0
  let high = entries.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((entries[middle] as RecentEvent)[0] < atMs) low = middle + 1
    else high = middle
  }
  return low
}

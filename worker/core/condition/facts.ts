/** What conditions are asked about: one person, one request, one moment. */
import type { JsonObject } from '../../contract/message.ts'
import { zoneNamed, type Zone } from '../calendar/zone.ts'
import { traitOf, type Scope } from './scope.ts'
import type { Profile, RecentEvent } from '../profile/profile.ts'
import type { CompiledCondition } from './compile.ts'
import type { CompiledSegment } from '../release/release.ts'

export interface Facts extends Scope {
  readonly profile: Profile
  readonly context: JsonObject
  /** Recent events of one name, oldest first. */
  readonly recentOf: (event: string) => readonly RecentEvent[]
  /** Whether the person is in another segment; each is evaluated once. */
  readonly segment: (index: number) => boolean
  /** When time alone could next change that; see compile.ts. */
  readonly segmentNextChangeMs: (index: number) => number
  /** Answers of leaves that were asked already; see program.ts. */
  readonly memo: LeafMemo
}

/** The answers of one program's leaves, by their index. */
export interface LeafMemo {
  of: object | null
  answers: Uint8Array
  nextChanges: Map<number, number>
}

const UNKNOWN = 0
const OUT = 1
const IN = 2
const NONE: readonly RecentEvent[] = []
const NOTHING_FORCED: ReadonlyMap<number, boolean> = new Map()
const NO_LEAVES = new Uint8Array()

/** As the person once said, else as this request says; null where nobody knows. */
function visitorZoneOf(profile: Profile, context: JsonObject): Zone | null {
  for (const name of [traitOf(profile, 'timezone'), context['timezone']]) {
    const zone = typeof name === 'string' ? zoneNamed(name) : null
    if (zone !== null) return zone
  }
  return null
}

export function factsOf(
  segments: readonly Pick<CompiledSegment, 'condition'>[],
  profile: Profile,
  context: JsonObject,
  nowMs: number,
  /** Index of a segment → whether the person is in it, whatever its condition says. */
  forced: ReadonlyMap<number, boolean> = NOTHING_FORCED,
): Facts {
  const answers = new Uint8Array(segments.length)
  for (const [index, member] of forced) answers[index] = member ? IN : OUT
  const conditionOf = (index: number): CompiledCondition =>
    (segments[index] as CompiledSegment).condition
  const nextChanges = new Map<number, number>()
  let zone: Zone | null | undefined
  let byName: Map<string, RecentEvent[]> | undefined
  const facts: Facts = {
    profile,
    context,
    nowMs,
    memo: { of: null, answers: NO_LEAVES, nextChanges: new Map() },
    visitorZone: () => {
      if (zone === undefined) zone = visitorZoneOf(profile, context)
      return zone
    },
    recentOf: (event) => {
      byName ??= Map.groupBy(profile.recent, (entry) => entry[2])
      return byName.get(event) ?? NONE
    },
    segment: (index) => {
      const known = answers[index]
      if (known !== UNKNOWN) return known === IN
      const holds = conditionOf(index).holds(facts)
      answers[index] = holds ? IN : OUT
      return holds
    },
    segmentNextChangeMs: (index) => {
      const known = nextChanges.get(index)
      if (known !== undefined) return known
      const nextMs = conditionOf(index).nextChangeMs(facts)
      nextChanges.set(index, nextMs)
      return nextMs
    },
  }
  return facts
}

/** What conditions are asked about: one person, one request, one moment. */
import type { ConditionTrace } from '../../contract/decide.ts'
import type { JsonObject } from '../../contract/message.ts'
import { zoneNamed, type Zone } from '../calendar/zone.ts'
import { HELD, TIMED } from './answers.ts'
import { traitOf, type Scope } from './scope.ts'
import type { Profile, RecentEvent } from '../profile/profile.ts'
import type { Program } from './program.ts'
import type { CompiledSegment } from '../release/release.ts'

export interface Facts extends Scope {
  readonly profile: Profile
  readonly context: JsonObject
  /** Recent events of one name, oldest first. */
  readonly recentOf: (event: string) => readonly RecentEvent[]
  /** What was found among them already; see passing.ts. */
  readonly found: Map<object, readonly RecentEvent[]>
  /** Whether the person is in another segment; each is evaluated once. */
  readonly segment: (index: number) => boolean
  /** Its own account, as part of another's. */
  readonly segmentTrace: (index: number, asking: Facts) => ConditionTrace
  /** Segments of which the account that is being given has told already. */
  readonly told?: Set<number>
  /** When time alone could next change that; see compile.ts. */
  readonly segmentNextChangeMs: (index: number) => number
  /** Answers of leaves that were asked already; see program.ts. */
  readonly memo: LeafMemo
}

/** The answers of one program's leaves, by their index. */
export interface LeafMemo {
  of: object | null
  answers: Uint8Array
  /** By the number of an index: how many of its leaves were asked. */
  asked: Uint16Array
  /** NaN for those not asked yet; null as long as none was. */
  nextChanges: Float64Array | null
}

/** Of a segment: KNOWN, and what the walk through its condition came back with. */
const KNOWN = 4
const NONE: readonly RecentEvent[] = []
const NOTHING_FORCED: ReadonlyMap<number, boolean> = new Map()
const NO_LEAVES = new Uint8Array()
const NO_INDICES = new Uint16Array()

type Segments = readonly Pick<CompiledSegment, 'condition'>[]

/** Where the segments of a release begin: asking thousands, one goes through no object of each. */
interface Table {
  readonly program: Program | null
  readonly starts: Int32Array
}
const TABLES = new WeakMap<Segments, Table>()

function tableOf(segments: Segments): Table {
  const known = TABLES.get(segments)
  if (known !== undefined) return known
  const program = segments[0]?.condition.program ?? null
  if (segments.some(({ condition }) => condition.program !== program)) {
    throw new Error('segments that were compiled apart cannot be asked together')
  }
  const table = { program, starts: Int32Array.from(segments, ({ condition }) => condition.start) }
  TABLES.set(segments, table)
  return table
}

/** As the person once said, else as this request says, else as its connection shows; null where nobody knows. */
function visitorZoneOf(
  profile: Profile,
  context: JsonObject,
  connectionZone: string | null,
): Zone | null {
  for (const name of [traitOf(profile, 'timezone'), context['timezone'], connectionZone]) {
    const zone = typeof name === 'string' ? zoneNamed(name) : null
    if (zone !== null) return zone
  }
  return null
}

export function factsOf(
  segments: Segments,
  profile: Profile,
  context: JsonObject,
  nowMs: number,
  /** Index of a segment → whether the person is in it, whatever its condition says. */
  forced: ReadonlyMap<number, boolean> = NOTHING_FORCED,
  /** Where the request comes from, as far as its connection shows. */
  connectionZone: string | null = null,
): Facts {
  const { program, starts } = tableOf(segments)
  const answers = new Uint8Array(segments.length)
  for (const [index, member] of forced) answers[index] = KNOWN | (member ? HELD : 0)
  let nextChanges: Float64Array | undefined
  let zone: Zone | null | undefined
  let byName: Map<string, RecentEvent[]> | undefined
  const facts: Facts = {
    profile,
    context,
    nowMs,
    memo: { of: null, answers: NO_LEAVES, asked: NO_INDICES, nextChanges: null },
    found: new Map(),
    visitorZone: () => {
      if (zone === undefined) zone = visitorZoneOf(profile, context, connectionZone)
      return zone
    },
    recentOf: (event) => {
      byName ??= Map.groupBy(profile.recent, (entry) => entry[2])
      return byName.get(event) ?? NONE
    },
    segment: (index) => {
      let answer = answers[index] as number
      if (answer === 0) {
        answer = KNOWN | (program as Program).walk(starts[index] as number, facts)
        answers[index] = answer
      }
      return (answer & HELD) !== 0
    },
    segmentTrace: (index, asking) => (segments[index] as CompiledSegment).condition.trace(asking),
    segmentNextChangeMs: (index) => {
      facts.segment(index)
      if (((answers[index] as number) & TIMED) === 0) return Infinity
      nextChanges ??= new Float64Array(segments.length).fill(NaN)
      const known = nextChanges[index] as number
      if (!Number.isNaN(known)) return known
      const nextMs = (segments[index] as CompiledSegment).condition.changeMs(facts)
      nextChanges[index] = nextMs
      return nextMs
    },
  }
  return facts
}

/**
 * The arm a person was first exposed to, of each experiment. Of two exposures
 * the earlier counts, and where their arms differ the person crossed over:
 * minimum and union, so order does not matter.
 *
 * Packed as arm (3 characters), second of the first exposure (6), and "!" for
 * who crossed over.
 */
import { fromSortableDigits, murmur3, sortableDigits } from '../hash.ts'
import type { EventRecord } from '../record.ts'
import { ID_LENGTH, pack, packedId, unpack } from './packed.ts'

const ARM_LENGTH = 3
const TIME_LENGTH = 6
const CROSSED = '!'

export const experimentId = (seed: string): string => packedId(`experiment:${seed}`)
/** 18 bits: publishing refuses two arms of an experiment that share one. */
export const armId = (key: string): string => sortableDigits(murmur3(key) >>> 14, ARM_LENGTH)

/** The experiments whose arms are recorded, by key. */
export type Recorded = ReadonlyMap<string, RecordedExperiment>
export interface RecordedExperiment {
  readonly id: string
  /** By key. */
  readonly arms: ReadonlyMap<string, string>
}

export interface ArmRecord {
  /** Its id. */
  readonly arm: string
  readonly firstMs: number
  readonly crossed: boolean
}

/** One exposure to an arm. */
export type ArmExposure = readonly [experiment: string, arm: string, timestampMs: number]

/** Time and arm in one sortable text: the smaller is the earlier. */
const earliest = (a: string, b: string): string => {
  const [x, y] = [orderOf(a), orderOf(b)]
  const first = x <= y ? a : b
  const crossed = armOf(a) !== armOf(b) || a.endsWith(CROSSED) || b.endsWith(CROSSED) ? CROSSED : ''
  return first.slice(0, ARM_LENGTH + TIME_LENGTH) + crossed
}
const armOf = (text: string): string => text.slice(0, ARM_LENGTH)
const orderOf = (text: string): string =>
  text.slice(ARM_LENGTH, ARM_LENGTH + TIME_LENGTH) + armOf(text)

const entryOf = (arm: string, timestampMs: number): string =>
  arm + sortableDigits(Math.floor(timestampMs / 1000), TIME_LENGTH)

/** What the release does not know any more is forgotten. */
function settled(entries: Map<string, string>, recorded: Recorded): string {
  const known = new Set([...recorded.values()].map(({ id }) => id))
  for (const id of entries.keys()) if (!known.has(id)) entries.delete(id)
  return pack(entries)
}

/** The arms that an impression's decision was drawn into. */
export function armsOf(
  { properties, timestampMs }: EventRecord,
  recorded: Recorded,
): ArmExposure[] {
  const drawn = properties?.['experiments']
  if (typeof drawn !== 'object' || drawn === null || Array.isArray(drawn)) return []
  return Object.entries(drawn).flatMap(([key, arm]): ArmExposure[] => {
    const experiment = recorded.get(key)
    const id = typeof arm === 'string' ? experiment?.arms.get(arm) : undefined
    return experiment === undefined || id === undefined ? [] : [[experiment.id, id, timestampMs]]
  })
}

export function foldArms(
  packed: string,
  exposures: readonly ArmExposure[],
  recorded: Recorded,
): string {
  if (packed === '' && exposures.length === 0) return ''
  const entries = unpack(packed)
  for (const [id, arm, timestampMs] of exposures) {
    const entry = entryOf(arm, timestampMs)
    const standing = entries.get(id)
    entries.set(id, standing === undefined ? entry : earliest(standing, entry))
  }
  return settled(entries, recorded)
}

export function mergeArms(a: string, b: string, recorded: Recorded): string {
  if (a === '' && b === '') return ''
  const entries = unpack(a)
  for (const [id, entry] of unpack(b)) {
    const standing = entries.get(id)
    entries.set(id, standing === undefined ? entry : earliest(standing, entry))
  }
  return settled(entries, recorded)
}

export function recordedArm(packed: string, id: string): ArmRecord | null {
  // Nothing is packed that holds a blank, so an id is found by the one before it.
  const at = packed === '' ? -1 : packed.indexOf(` ${id}`)
  if (at === -1) return null
  const end = packed.indexOf(' ', at + 1)
  return armRecord(packed.slice(at + 1 + ID_LENGTH, end === -1 ? undefined : end))
}

const armRecord = (text: string): ArmRecord => ({
  arm: armOf(text),
  firstMs: fromSortableDigits(text.slice(ARM_LENGTH, ARM_LENGTH + TIME_LENGTH)) * 1000,
  crossed: text.endsWith(CROSSED),
})

/** By experiment id. */
export const readArms = (packed: string): Map<string, ArmRecord> =>
  new Map([...unpack(packed)].map(([id, text]) => [id, armRecord(text)]))

/** What one experiment can make a profile weigh, in bytes. */
export const ARM_BYTES = 1 + ID_LENGTH + ARM_LENGTH + TIME_LENGTH + CROSSED.length

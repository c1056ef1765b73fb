/** Decisions that were seen, as a profile keeps them. */
import type { JsonObject } from '../../contract/message.ts'
import { digest } from '../hash.ts'
import type { ExposureEntry } from './section.ts'

/** What profiles and rewards call a decision. A retried question may have been decided anew, and otherwise. */
export const exposureId = (decision: string, atMs: number, action: string): string =>
  digest(`${decision}@${atMs}:${action}`)

export interface Chosen {
  readonly policy: string
  readonly arm: string
  readonly action: string
  readonly leaf: string
}

/** What was chosen, in nine characters: tallies of learning go by it. */
export const whatOf = ({ policy, arm, action, leaf }: Chosen): string =>
  digest(JSON.stringify([policy, arm, action, leaf]))

const text = (value: unknown): string => (typeof value === 'string' ? value : '')
const number = (value: unknown): number => (typeof value === 'number' ? value : 0)

/** What an exposure's own properties say was chosen; null where no policy did. */
export function chosenOf(properties: JsonObject = {}): Chosen | null {
  const { policy, arm, action, leaf } = properties
  if (typeof policy !== 'string') return null
  return { policy, arm: text(arm), action: text(action), leaf: text(leaf) }
}

export interface ArmMet {
  readonly experiment: string
  readonly arm: string
}

/** The experiments an exposure is in, and its arm of each; a policy's own split is one. */
export function armsMet(properties: JsonObject = {}): ArmMet[] {
  const { experiments, policy, arm } = properties
  const drawn =
    typeof experiments === 'object' && experiments !== null && !Array.isArray(experiments)
      ? Object.entries(experiments).map(([experiment, arm]) => ({ experiment, arm: text(arm) }))
      : []
  return [...drawn, { experiment: text(policy), arm: text(arm) }].filter(
    ({ experiment, arm }) => experiment !== '' && arm !== '',
  )
}

export function exposureEntry(
  properties: JsonObject,
  kind: 'impression' | 'click',
  timestampMs: number,
): ExposureEntry | null {
  const chosen = chosenOf(properties)
  const id = text(properties['exposure'])
  if (chosen === null || id === '') return null
  const decidedMs = number(properties['atMs'])
  const after = timestampMs - decidedMs
  return [
    decidedMs,
    id,
    whatOf(chosen),
    kind === 'impression' ? after : null,
    kind === 'click' ? after : null,
    number(properties['propensity']),
    number(properties['model']),
    number(properties['epoch']),
  ]
}

export function exposedMs(entry: ExposureEntry, kind: 'impression' | 'click'): number | null {
  const after = kind === 'impression' ? entry[3] : entry[4]
  return after === null ? null : entry[0] + after
}

const earlier = (a: number | null, b: number | null): number | null =>
  a === null ? b : b === null ? a : Math.min(a, b)

const compare = (a: ExposureEntry, b: ExposureEntry): number =>
  a[0] - b[0] || (a[1] < b[1] ? -1 : a[1] > b[1] ? 1 : 0)

/** The union of lists; what is told of one decision in several is put together. */
export function uniteExposures(lists: readonly (readonly ExposureEntry[])[]): ExposureEntry[] {
  const byId = new Map<string, ExposureEntry>()
  for (const entry of lists.flat()) {
    const standing = byId.get(entry[1])
    byId.set(
      entry[1],
      standing === undefined
        ? entry
        : [
            ...(standing.slice(0, 3) as [number, string, string]),
            earlier(standing[3], entry[3]),
            earlier(standing[4], entry[4]),
            standing[5],
            standing[6],
            standing[7],
          ],
    )
  }
  return [...byId.values()].sort(compare)
}

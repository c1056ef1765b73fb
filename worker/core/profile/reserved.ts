/**
 * What was reserved for a person before it was shown: the newest ones, so that
 * a question that is asked again gets what it was given, from any isolate.
 * Packed in entries of fixed width, sorted: the millisecond (7 digits), digest
 * of the decision (9), epoch (4), action (5), policy (5), propensity (4).
 */
import { DIGEST_LENGTH, digest, fromSortableDigits, sortableDigits } from '../hash.ts'
import type { EventRecord } from '../record.ts'
import { ID_LENGTH, packedId } from './packed.ts'

const TIME = 7
const EPOCH = 4
const PROPENSITY = 4
const WIDTHS = [TIME, DIGEST_LENGTH, EPOCH, ID_LENGTH, ID_LENGTH, PROPENSITY] as const
export const RESERVED_BYTES = WIDTHS.reduce((sum, width) => sum + width, 0)

/** Propensities are told in millionths: enough to weigh by, and the same however often they are told. */
const MILLION = 1_000_000
export const propensityOf = (share: number): number => Math.round(share * MILLION) / MILLION

export interface Reserved {
  readonly atMs: number
  readonly epoch: number
  /** See packedId. */
  readonly action: string
  readonly policy: string
  readonly propensity: number
}

export const servedId = (decision: string): string => `served:${decision}`

function entryOf({ messageId, timestampMs, properties = {} }: EventRecord): string {
  const { epoch, action, policy, propensity } = properties
  return (
    sortableDigits(timestampMs, TIME) +
    digest(messageId) +
    sortableDigits(Number(epoch), EPOCH) +
    packedId(typeof action === 'string' ? action : '') +
    packedId(typeof policy === 'string' ? policy : '') +
    sortableDigits(Math.round(Number(propensity) * MILLION), PROPENSITY)
  )
}

function entriesOf(packed: string): string[] {
  const entries: string[] = []
  for (let at = 0; at < packed.length; at += RESERVED_BYTES) {
    entries.push(packed.slice(at, at + RESERVED_BYTES))
  }
  return entries
}

/** The newest `cap` of a union. */
const newest = (entries: readonly string[], cap: number): string =>
  [...new Set(entries)].sort().slice(-cap).join('')

/** @param served records of `$served` */
export const foldReserved = (packed: string, served: readonly EventRecord[], cap: number): string =>
  served.length === 0 ? packed : newest([...entriesOf(packed), ...served.map(entryOf)], cap)

export const mergeReserved = (a: string, b: string, cap: number): string =>
  a === '' ? b : b === '' ? a : newest([...entriesOf(a), ...entriesOf(b)], cap)

/** What was reserved for a decision; null where nothing was, or it was long ago. */
export function findReserved(packed: string, decision: string): Reserved | null {
  if (packed === '') return null
  const wanted = digest(servedId(decision))
  for (let at = 0; at < packed.length; at += RESERVED_BYTES) {
    if (packed.startsWith(wanted, at + TIME)) return read(packed.slice(at, at + RESERVED_BYTES))
  }
  return null
}

function read(entry: string): Reserved {
  const parts: string[] = []
  let at = 0
  for (const width of WIDTHS) parts.push(entry.slice(at, (at += width)))
  const [time, , epoch, action, policy, propensity] = parts as [
    string,
    string,
    string,
    string,
    string,
    string,
  ]
  return {
    atMs: fromSortableDigits(time),
    epoch: fromSortableDigits(epoch),
    action,
    policy,
    propensity: fromSortableDigits(propensity) / MILLION,
  }
}

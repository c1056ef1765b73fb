/** What the log says of somebody: in, or not in, when last evaluated. */
import { hasBit, unpackBits } from './bitmap.ts'
import { NEVER_EVALUATED, type Membership, type TrackedSlot } from './membership.ts'

export function recordedIn(
  { epoch, in: text }: Membership = NEVER_EVALUATED,
  { slot, sinceEpoch }: Pick<TrackedSlot, 'slot' | 'sinceEpoch'>,
): boolean {
  return sinceEpoch <= epoch && hasBit(unpackBits(text, 0), slot)
}

/** Entries and exits as they are written down. */
import type { EventRecord } from '../record.ts'
import type { Move } from './membership.ts'

/** The source of what Tsugi itself noticed. */
export const OWN_SOURCE = 'tsugi'

/** @param version of the profile that the moves are committed with */
export function segmentRecords(
  { profileId, version }: { readonly profileId: string; readonly version: number },
  moves: readonly Move[],
  { epoch, nowMs }: { readonly epoch: number; readonly nowMs: number },
): EventRecord[] {
  const times = new Map<string, number>()
  return moves.map(({ segment, entered, why, atMs, exact }) => {
    const nth = times.get(segment.key) ?? 0
    times.set(segment.key, nth + 1)
    return {
      type: '$segment',
      // In and out again within one commit: time did that.
      messageId: `$segment:${profileId}:${version}:${segment.key}${nth === 0 ? '' : `:${nth}`}`,
      source: OWN_SOURCE,
      profileId,
      epoch,
      properties: {
        segment: segment.key,
        segmentVersion: segment.version,
        change: entered ? 'entered' : 'exited',
        why,
        ...(exact ? {} : { exact: false }),
      },
      timestampMs: atMs,
      receivedAtMs: nowMs,
      originalTimestampMs: null,
      sentAtMs: null,
    }
  })
}

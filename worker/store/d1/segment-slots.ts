/** Which slot of a profile's bitmap each segment has. Written in one batch with the activation that needs it. */
import { allotSlots, type Slot, type TrackedSegment } from '../../core/membership/slots.ts'

/** As one value of a row, so that it comes along with the active release. */
export const SLOTS_AS_JSON = `(SELECT json_group_array(json_object(
  'slot', slot, 'key', key, 'sinceEpoch', since_epoch, 'version', version, 'versionEpoch', version_epoch))
  FROM segment_slot WHERE version <> '')`

const READ = `SELECT slot, key, since_epoch AS sinceEpoch, version, version_epoch AS versionEpoch FROM segment_slot`
const EPOCH = `SELECT coalesce(max(epoch), 0) AS epoch FROM activation`

/** ?1 changes [{slot, key, sinceEpoch, version}]; only right after the statement that began an epoch. */
const WRITE = `
INSERT INTO segment_slot (slot, key, since_epoch, version, version_epoch)
SELECT e.value->>'slot', e.value->>'key', coalesce(e.value->>'sinceEpoch', (SELECT max(epoch) FROM activation)),
       e.value->>'version', (SELECT max(epoch) FROM activation)
FROM json_each(?1) e WHERE changes() = 1
ON CONFLICT (slot) DO UPDATE SET key = excluded.key, since_epoch = excluded.since_epoch,
  version = excluded.version, version_epoch = excluded.version_epoch`

/** The epoch that is active (0 before the first), and what changes in the slots with the next one. */
export async function readSlots(
  d1: D1Database,
  segments: readonly TrackedSegment[],
): Promise<{ readonly epoch: number; readonly write: D1PreparedStatement }> {
  const [epochs, slots] = await d1.batch<Slot & { readonly epoch: number }>([
    d1.prepare(EPOCH),
    d1.prepare(READ),
  ])
  const changes = allotSlots(slots?.results ?? [], segments)
  return {
    epoch: epochs?.results[0]?.epoch ?? 0,
    write: d1.prepare(WRITE).bind(JSON.stringify(changes)),
  }
}

/** The profiles anew, from nothing but the warehouse: what a replay would make of it. */
import { checkDraft } from '../../worker/flow/publish.ts'
import { fold } from '../../worker/core/profile/fold.ts'
import { emptyProfile, type Profile } from '../../worker/core/profile/profile.ts'
import type { EventRecord } from '../../worker/core/record.ts'
import { compileRelease } from '../../worker/core/release/compile.ts'
import { configuration } from '../conformance/site/configuration.ts'
import type { Row } from './audit.ts'

/** What two profiles of the same records must agree on, whoever survived which merge. */
export function contentOf(profile: Profile): Partial<Profile> {
  const {
    id: _,
    splitKey: _key,
    identifiers: _ids,
    epoch: _epoch,
    dropped: _dropped,
    ...content
  } = profile
  return content
}

export function refold(rows: readonly Row[]): Profile {
  const records = rows.map(
    ({ messageId, type, profileId, timestampMs, receivedAtMs, source, ...row }): EventRecord => ({
      type: type as EventRecord['type'],
      messageId,
      profileId,
      timestampMs,
      receivedAtMs,
      source,
      epoch: 1,
      originalTimestampMs: null,
      sentAtMs: null,
      ...(row.event === null ? {} : { event: row.event }),
      ...(row.traits === null ? {} : { traits: row.traits }),
      ...(row.properties === null ? {} : { properties: row.properties }),
    }),
  )
  return fold(emptyProfile('refolded', 'refolded'), records, rules())
}

function rules() {
  const checked = checkDraft(configuration([]), false)
  if (!checked.ok) throw new Error(JSON.stringify(checked.error))
  return compileRelease(checked.value, { number: 1, epoch: 1, stopped: false }).rules
}

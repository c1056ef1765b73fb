/** The profiles anew, from nothing but the warehouse. */
import * as v from 'valibot'
import { configuration as schema } from '../../worker/contract/config.ts'
import { compileRelease } from '../../worker/core/release/compile.ts'
import type { Profile } from '../../worker/core/profile/profile.ts'
import type { EventRecord } from '../../worker/core/record.ts'
import { rebuild, type RebuiltPeople } from '../../worker/core/replay/rebuild.ts'
import { configuration } from '../conformance/site/configuration.ts'

/** Everything that is content: who they are, what is known, how splits draw them. */
export function contentOf(profile: Profile): Partial<Profile> {
  const { epoch: _epoch, dropped: _dropped, membership: _in, ...content } = profile
  return content
}

export function refold(records: readonly EventRecord[]): RebuiltPeople {
  const config = v.parse(schema, configuration([]))
  const { rules } = compileRelease(config, { number: 1, epoch: 1, stopped: false })
  const rebuilt = rebuild(new Map(), records, rules)
  if (!rebuilt.ok) throw new Error(JSON.stringify(rebuilt.error))
  return rebuilt.value
}

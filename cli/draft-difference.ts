/** The draft beside what is active: a rollback leaves the draft as it was. */
import * as v from 'valibot'
import { configuration } from '../worker/contract/config.ts'
import type { AdminApi } from './admin-api.ts'
import { diffConfigurations } from './configuration-diff.ts'
import { diffSummary } from './diff-text.ts'

/** "1 added, 2 changed" from the active release to the draft; null where they are the same. */
export async function draftDifference(api: AdminApi, active: number): Promise<string | null> {
  const [draft, release] = await Promise.all([api.draft(), api.release(active)])
  const before = v.safeParse(configuration, release)
  const after = v.safeParse(configuration, draft?.configuration)
  // Written under other rules than today's: what differs cannot be told, and nothing is claimed.
  if (draft === null || !before.success || !after.success) return null
  return diffSummary(diffConfigurations(before.output, after.output)) || null
}

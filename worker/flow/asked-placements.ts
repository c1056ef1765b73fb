/** What a question about a list means under a release: which placements, and who a line is. */
import type { BulkQuestion } from '../contract/bulk.ts'
import type { CompiledPlacement } from '../core/decision/plan.ts'
import type { Identifier } from '../core/identity/identifier.ts'
import { memberOf, type LineFields } from '../core/list/upload.ts'
import type { Release } from '../core/release/release.ts'
import { fail, ok, type Result } from '../core/result.ts'
import type { DecideError } from './decide.ts'

export function placementsOf(
  release: Release,
  { placements: keys }: Pick<BulkQuestion, 'placements'>,
): Result<CompiledPlacement[], DecideError> {
  const placements: CompiledPlacement[] = []
  for (const key of new Set(keys)) {
    const placement = release.placements.get(key)
    if (placement === undefined) {
      return fail({ code: 'unknown_placement', field: 'placements', detail: `"${key}"` })
    }
    placements.push(placement)
  }
  return ok(placements)
}

/** As in a file that is uploaded to a list. */
export const bulkMember = (release: Release, fields: LineFields): Result<Identifier, string> =>
  memberOf(fields, release.rules.identity)

/** Undoing a merge. */
import * as v from 'valibot'
import { unmergeBody as wish, type UnmergeAnswer } from '../../../worker/contract/unmerge.ts'
import { says } from '../same.ts'

const count = v.pipe(v.number(), v.integer(), v.minValue(0))
const files = v.pipe(
  v.object({ done: count, total: count }),
  v.description('Of the log of batches, from the merge on.'),
)
const person = v.object({
  profileId: v.string(),
  identifiers: v.array(v.object({ type: v.string(), value: v.string() })),
})

export const unmergeWish = v.object(wish.pipe[0].entries)

export const unmerge = says<UnmergeAnswer>()(
  v.union([
    v.object({
      done: v.literal(false),
      files,
      next: v.pipe(v.string(), v.description('Give it back with the same wish.')),
    }),
    v.object({
      done: v.literal(true),
      files,
      unmerge: v.pipe(v.string(), v.description('messageId of the `$unmerge` record.')),
      stays: v.pipe(person, v.description('Keeps the profileId under which both lived.')),
      leaves: person,
      records: v.pipe(count, v.description('Records since the merge that were looked at.')),
      moved: v.pipe(count, v.description('Of them, those that are another profileId’s now.')),
    }),
  ]),
)

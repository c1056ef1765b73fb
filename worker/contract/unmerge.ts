/** `POST /admin/v1/profiles/unmerge`: two people again. */
import * as v from 'valibot'
import { strict } from './strict.ts'

const profileId = v.pipe(v.string(), v.minLength(1), v.maxLength(100))

export const unmergeBody = v.pipe(
  strict({
    /** messageId of the `$merge` record: it names both. */
    merge: v.nullish(v.pipe(v.string(), v.startsWith('$merge:'), v.maxLength(400))),
    /** The profileId that was merged into another one, … */
    absorbed: v.nullish(profileId),
    /** … and that other one, for a check. */
    survivor: v.nullish(profileId),
    /** What an answer gave that had not read all yet. */
    next: v.nullish(v.string()),
  }),
  v.check(
    ({ merge, absorbed }) => (merge == null) !== (absorbed == null),
    'Expected either "merge" or "absorbed"',
  ),
)
export type UnmergeBody = v.InferOutput<typeof unmergeBody>

export type UnmergeAnswer =
  /** There is more of the log to read: the same again, with `next`. Nothing has changed. */
  | { readonly done: false; readonly files: UnmergeFiles; readonly next: string }
  | {
      readonly done: true
      readonly files: UnmergeFiles
      /** messageId of the record that says so. */
      readonly unmerge: string
      /** Keeps the profileId under which both lived. */
      readonly stays: UnmergedPerson
      readonly leaves: UnmergedPerson
      /** Records since the merge that were looked at, and those that are another profileId's now. */
      readonly records: number
      readonly moved: number
    }

/** Of the log of batches, from the merge on. */
export interface UnmergeFiles {
  readonly done: number
  readonly total: number
}

export interface UnmergedPerson {
  readonly profileId: string
  readonly identifiers: readonly { readonly type: string; readonly value: string }[]
}

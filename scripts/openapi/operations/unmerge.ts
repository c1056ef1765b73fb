/** Undoing a merge. */
import type { Operation } from '../operation.ts'

const stays = '0192f0c4-5a1e-7c3a-9a51-0242ac120002'
const leaves = '0192f0c4-9b7d-7d10-8e02-0242ac120002'

export const unmergeOperations: readonly Operation[] = [
  {
    method: 'post',
    path: '/admin/v1/profiles/unmerge',
    id: 'unmerge',
    tag: 'Admin',
    access: 'admin token',
    summary: 'Undoes a merge: two people again, who are never joined any more',
    description:
      'Reads the log from the merge on, as much as one call may. Where that is not all, `done` is false and nothing has changed: the same again with `next`.',
    body: {
      schema: 'UnmergeWish',
      examples: {
        profile: {
          summary: 'By who was merged, and into whom',
          value: { absorbed: leaves, survivor: stays },
        },
        record: {
          summary: 'By the record of the merge',
          value: { merge: `$merge:${leaves}:${stays}:m-17` },
        },
      },
    },
    answers: {
      200: {
        description: 'Undone, or how far it is.',
        schema: 'Unmerge',
        example: {
          done: true,
          files: { done: 12, total: 12 },
          unmerge: `$unmerge:${leaves}:${stays}:m-17`,
          stays: { profileId: stays, identifiers: [{ type: 'anonymous_id', value: 'kiosk' }] },
          leaves: { profileId: leaves, identifiers: [{ type: 'user_id', value: 'ann' }] },
          records: 40,
          moved: 31,
        },
      },
    },
    problems: [
      'unauthorized',
      'store_unavailable',
      'invalid_json',
      'invalid_body',
      'body_too_large',
      'too_deep',
      'too_many_keys',
      'forbidden_key',
      'not_found',
      'not_merged',
      'out_of_reach',
      'not_separable',
      'no_release',
      'store_busy',
    ],
  },
]

/** Segments beyond a single request: everybody evaluated anew, one person explained, a condition tried out. */
import type { ProblemCode } from '../../../worker/contract/problem.ts'
import type { Operation } from '../operation.ts'
import { admin } from './admin.ts'

export const BODY: readonly ProblemCode[] = [
  'invalid_json',
  'invalid_body',
  'body_too_large',
  'too_deep',
  'too_many_keys',
  'forbidden_key',
  'not_finite',
  'no_release',
]

const WHEN = { trait: 'plan', eq: 'pro' }
const TRACE = { condition: 'trait plan eq "pro"', holds: true, seen: 'pro' }

export const segmentOperations: readonly Operation[] = [
  admin('segments/explain', {
    method: 'post',
    id: 'explainSegments',
    summary: 'Why somebody is in segments or out of them, down to the leaf, and until when',
    description:
      'Either `profile` or `profileId` says whom. With `when`, a condition that nobody published is tried on this person.',
    body: {
      schema: 'ExplainBody',
      examples: {
        some: {
          summary: 'Some segments of a person',
          value: { profile: { type: 'user_id', value: 'kei' }, segments: ['pro'] },
        },
        tried: {
          summary: 'A condition that nobody published',
          value: { profile: { type: 'user_id', value: 'kei' }, when: WHEN },
        },
      },
    },
    answers: {
      200: {
        description: 'As things stand, or stood at `at`.',
        schema: 'Explained',
        example: {
          profileId: '0192aa00-0000-7000-8000-000000000000',
          epoch: 3,
          asOf: '2026-11-22T03:00:00.000Z',
          segments: [
            {
              key: 'pro',
              version: '3fK2mQx0A',
              member: true,
              recorded: true,
              requestScoped: false,
              nextChange: null,
              trace: TRACE,
            },
          ],
        },
      },
    },
    problems: [...BODY, 'not_found', 'invalid_condition'],
  }),
  admin('segments/preview', {
    method: 'post',
    id: 'previewSegment',
    summary: 'Counts who a condition fits before it is published, a page of people a call',
    description:
      'Give the `next` of the answer as the `cursor` of the following call, and the same `at`, until `next` is null; the counts add up. Nothing is changed.',
    body: {
      schema: 'PreviewBody',
      examples: { first: { summary: 'The first step', value: { when: WHEN } } },
    },
    answers: {
      200: {
        description: 'This step’s count, and some of those who fit.',
        schema: 'Previewed',
        example: {
          scanned: 200,
          matched: 1,
          sample: [
            {
              profileId: '0192aa00-0000-7000-8000-000000000000',
              lastSeen: '2026-11-22T03:00:00.000Z',
              identifiers: [{ type: 'user_id', value: 'kei' }],
            },
          ],
          next: '0192aa00-0000-7000-8000-000000000001',
          asOf: '2026-11-22T03:00:00.000Z',
          epoch: 3,
          requestScoped: false,
        },
      },
    },
    problems: [...BODY, 'invalid_condition'],
  }),
  admin('segments/resegment', {
    method: 'post',
    id: 'resegment',
    summary: 'Evaluates a page of people by the active release, and commits what that changed',
    description:
      'Publishing evaluates nobody: each person is when next touched or due. This walks through all of them, a page a call: give the `next` of the answer as the `cursor` of the following call, until it is null. A step may be repeated.',
    body: {
      schema: 'ResegmentBody',
      examples: {
        first: { summary: 'The first step', value: {} },
        next: { summary: 'A following one', value: { cursor: '0192aa00', limit: 50 } },
      },
    },
    answers: {
      200: {
        description: 'What this step did.',
        schema: 'Resegmented',
        example: {
          scanned: 200,
          changed: 12,
          entered: 9,
          exited: 4,
          overtaken: 0,
          next: '0192aa00',
          epoch: 3,
        },
      },
    },
    problems: BODY,
  }),
]

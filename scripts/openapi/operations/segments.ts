/** Segments beyond a single request: everybody evaluated anew, one person explained, a condition tried out. */
import type { ProblemCode } from '../../../worker/contract/problem.ts'
import type { Operation } from '../operation.ts'
import { admin } from './admin.ts'

const BODY: readonly ProblemCode[] = [
  'invalid_json',
  'invalid_body',
  'body_too_large',
  'too_deep',
  'too_many_keys',
  'forbidden_key',
  'not_finite',
  'no_release',
]

export const segmentOperations: readonly Operation[] = [
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

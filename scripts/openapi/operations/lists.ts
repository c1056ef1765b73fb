/** Static lists: uploads, and what was uploaded. */
import type { Operation, Parameter } from '../operation.ts'
import { admin } from './admin.ts'
import { BODY } from './segments.ts'

const list: Parameter = {
  name: 'list',
  in: 'path',
  required: true,
  description: 'As conditions name it: `{ "list": "vip" }`.',
  schema: { type: 'string', pattern: '^[a-z0-9][a-z0-9_-]{0,31}$' },
  example: 'vip',
}
const ID = '0192aa00-0000-7000-8000-000000000000'
const upload: Parameter = {
  name: 'upload',
  in: 'path',
  required: true,
  description: 'As it was begun.',
  schema: { type: 'string' },
  example: ID,
}
const begun = { upload: ID, list: 'vip', mode: 'replace', startedAt: '2026-11-22T03:00:00.000Z' }

export const listOperations: readonly Operation[] = [
  admin('lists', {
    method: 'get',
    id: 'lists',
    summary: 'Static lists, and what was last uploaded to each',
    parameters: [
      {
        name: 'after',
        in: 'query',
        description: 'The `next` of the answer before; without it the first lists.',
        schema: { type: 'string', pattern: '^[a-z0-9][a-z0-9_-]{0,31}$' },
      },
      {
        name: 'limit',
        in: 'query',
        description: 'Lists; 200 unless given, and at most.',
        schema: { type: 'integer', minimum: 1, maximum: 200, default: 200 },
      },
    ],
    answers: {
      200: {
        description: 'By name; `next` is null after the last.',
        schema: 'Lists',
        example: {
          lists: [
            {
              list: 'vip',
              uploads: 3,
              last: {
                ...begun,
                finishedAt: '2026-11-22T03:00:09.000Z',
                lines: 1200,
                refused: 2,
                removed: 31,
              },
            },
          ],
          next: null,
        },
      },
    },
    problems: ['invalid_body'],
  }),
  admin('lists/:list/uploads', {
    method: 'post',
    id: 'beginUpload',
    summary: 'Begins an upload to a list',
    description:
      '`add` puts people on it, `remove` takes them off, `replace` puts them on it and, when it is finished, takes off everybody else.',
    parameters: [list],
    body: {
      schema: 'BeginUpload',
      examples: { replace: { summary: 'A new edition', value: { mode: 'replace' } } },
    },
    answers: { 201: { description: 'Begun.', schema: 'UploadBegun', example: begun } },
    problems: BODY.filter((code) => code !== 'no_release'),
  }),
  admin('lists/:list/members', {
    method: 'post',
    id: 'sendMembers',
    summary: 'Up to 500 lines of an upload, as CSV with a header or as NDJSON',
    description:
      'Fields are `user_id`, `email`, `phone`, `anonymous_id` (the strongest of a line counts), or `type` and `value`. A bad line holds up none of the others. Lines sent again under the same upload count once. People who are not known are made, except by `remove`.',
    parameters: [
      list,
      {
        name: 'upload',
        in: 'query',
        description: 'Without it these lines are an upload of their own, begun and finished.',
        schema: { type: 'string' },
      },
      {
        name: 'mode',
        in: 'query',
        description: 'Of lines that are an upload of their own; `add` unless given.',
        schema: { type: 'string', enum: ['add', 'remove'] },
      },
    ],
    text: {
      'text/csv': 'user_id,email\nkei,\n,mio@example.com\n',
      'application/x-ndjson': '{"user_id":"kei"}\n{"type":"member_no","value":"77"}\n',
    },
    answers: {
      200: {
        description: 'What was taken, and which lines were not.',
        schema: 'MembersTaken',
        example: {
          upload: ID,
          mode: 'add',
          lines: 2,
          accepted: 1,
          errors: [{ line: 3, wrong: 'not a valid email' }],
        },
      },
    },
    problems: ['invalid_body', 'body_too_large', 'not_found', 'no_release', 'store_busy'],
  }),
  admin('lists/:list/uploads/:upload/finish', {
    method: 'post',
    id: 'finishUpload',
    summary: 'Ends an upload; a replacement takes off who was not in it, a page of people a call',
    description:
      'Give the `next` of the answer as the `cursor` of the following call, until it is null. `lines` and `refused` are kept with the upload.',
    parameters: [list, upload],
    body: {
      schema: 'FinishUpload',
      examples: { first: { summary: 'The first step', value: { lines: 1200, refused: 2 } } },
    },
    answers: {
      200: {
        description: 'What this step did.',
        schema: 'UploadFinished',
        example: { scanned: 200, removed: 31, next: null },
      },
    },
    problems: [...BODY, 'not_found', 'store_busy'],
  }),
]

/** What is known of one person, for servers. */
import { SECTIONS } from '../../../worker/flow/read-profile.ts'
import type { ProblemCode } from '../../../worker/contract/problem.ts'
import type { Operation, Parameter } from '../operation.ts'
import { REJECTION_CODES } from '../problems.ts'

const PATH = '/v1/profiles/:type/:value'

const address: readonly Parameter[] = [
  {
    name: 'type',
    in: 'path',
    required: true,
    description: 'Type of the identifier: user_id, anonymous_id, email, phone, or one of your own.',
    schema: { type: 'string' },
    example: 'email',
  },
  {
    name: 'value',
    in: 'path',
    required: true,
    description: 'Its value, in any spelling that normalises to the same.',
    schema: { type: 'string' },
    example: 'taro@example.com',
  },
]
const query = (name: string, description: string, schema: Parameter['schema']): Parameter => ({
  name,
  in: 'query',
  description,
  schema,
})
const instant = { type: 'string', format: 'date-time' }

const SECRET: readonly ProblemCode[] = [
  'unauthorized',
  'unknown_write_key',
  'forbidden',
  'not_found',
  'no_release',
  'store_unavailable',
]
const headers = { 'Cache-Control': 'private, no-store' }

export const profileOperations: readonly Operation[] = [
  {
    method: 'get',
    path: PATH,
    id: 'readProfile',
    tag: 'Profiles',
    summary: 'All that is known of one person',
    access: 'secret key',
    parameters: address,
    answers: { 200: { description: 'The profile.', schema: 'Profile', headers } },
    problems: SECRET,
  },
  {
    method: 'get',
    path: `${PATH}/:section`,
    id: 'readProfileSection',
    tag: 'Profiles',
    summary: 'One section of a profile, a page at a time',
    access: 'secret key',
    parameters: [
      ...address,
      {
        name: 'section',
        in: 'path',
        required: true,
        description: 'Which one.',
        schema: { type: 'string', enum: SECTIONS },
        example: 'traits',
      },
      query('limit', 'How many; 20 unless given.', { type: 'integer', minimum: 1, maximum: 100 }),
      query('next', 'What `cursor.next` said last.', { type: 'string', pattern: '^\\d{1,6}$' }),
      query('verbose', '`true`: with lineage and detail.', { type: 'string', enum: ['true'] }),
      query('include', 'Names to keep, with commas between.', { type: 'string' }),
      query('since', 'Events from this moment on.', instant),
      query('until', 'Events before this moment.', instant),
    ],
    answers: {
      200: {
        description: 'A page.',
        schema: 'ProfileSection',
        headers,
        example: { data: { plan: 'pro' }, cursor: { limit: 20, next: null, hasMore: false } },
      },
    },
    problems: [...SECRET, 'invalid_body'],
  },
  {
    method: 'patch',
    path: PATH,
    id: 'patchProfile',
    tag: 'Profiles',
    summary: 'Traits that a server knows: a record like any other',
    description: 'Nobody is made by it: the identifier must be somebody’s.',
    access: 'secret key',
    parameters: address,
    body: {
      schema: 'TraitsPatch',
      examples: { rank: { summary: 'A rank', value: { traits: { rank: 'gold' } } } },
    },
    answers: {
      200: {
        description: 'Durable.',
        schema: 'Patched',
        example: { profileId: '0197e1f0-5d5e-7bc2-9f0a-2f6d1f0c7a11', messageId: '01ha7-5' },
      },
    },
    problems: [
      'invalid_json',
      'invalid_body',
      'body_too_large',
      ...SECRET,
      'store_busy',
      'outbox_full',
      ...REJECTION_CODES,
    ],
  },
]

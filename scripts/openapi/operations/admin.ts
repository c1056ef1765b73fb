/** Configuration, releases, the kill switch, a look at what arrives. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ProblemCode } from '../../../worker/contract/problem.ts'
import { ROOT } from '../../build/root.ts'
import type { Operation, Parameter } from '../operation.ts'

const ADMIN: readonly ProblemCode[] = ['unauthorized', 'store_unavailable']
const CONFIGURATION: readonly ProblemCode[] = [
  'invalid_json',
  'body_too_large',
  'too_deep',
  'too_many_keys',
  'forbidden_key',
  'not_finite',
  'invalid_configuration',
]

const number: Parameter = {
  name: 'number',
  in: 'path',
  required: true,
  description: 'Number of a release.',
  schema: { type: 'integer', minimum: 1 },
  example: 1,
}

/** The README's first own site. */
const configuration: unknown = JSON.parse(
  readFileSync(join(ROOT, 'docs/examples/tsugi.json'), 'utf8'),
)
const configurationBody: Operation['body'] = {
  schema: 'Configuration',
  examples: { small: { summary: 'One source, one segment, one placement', value: configuration } },
}

export type Part = Omit<Operation, 'path' | 'tag' | 'access' | 'problems'> & {
  readonly problems?: readonly ProblemCode[]
}
export const admin = (path: string, { problems = [], ...part }: Part): Operation => ({
  path: `/admin/v1/${path}`,
  tag: 'Admin',
  access: 'admin token',
  problems: [...ADMIN, ...problems],
  ...part,
})

export const adminOperations: readonly Operation[] = [
  admin('status', {
    method: 'get',
    id: 'status',
    summary: 'What is active, whether decisions are stopped, what waits for the warehouse',
    answers: {
      200: {
        description: 'Nulls before the first publish.',
        schema: 'Status',
        example: {
          epoch: 1,
          release: 1,
          stopped: false,
          draftRevision: 1,
          outbox: { rows: 2, oldestReceivedAt: '2026-11-22T03:00:00.000Z' },
          due: { profiles: 0, oldest: null },
        },
      },
    },
  }),
  admin('configuration', {
    method: 'get',
    id: 'readDraft',
    summary: 'The draft and its revision',
    answers: {
      200: {
        description: 'The draft.',
        schema: 'Draft',
        headers: { ETag: 'The revision, in quotes.' },
      },
    },
    problems: ['not_found'],
  }),
  admin('configuration', {
    method: 'put',
    id: 'writeDraft',
    summary: 'Checks a configuration and makes it the draft',
    description: 'At most 10,000,000 bytes. Nothing is published by it.',
    parameters: [
      {
        name: 'If-Match',
        in: 'header',
        description:
          'The revision that this one was made from. Without it whatever stands is replaced.',
        schema: { type: 'string' },
        example: '"1"',
      },
    ],
    body: configurationBody,
    answers: { 200: { description: 'Written.', schema: 'Revision', example: { revision: 2 } } },
    problems: [...CONFIGURATION, 'invalid_body', 'configuration_changed'],
  }),
  admin('configuration/check', {
    method: 'post',
    id: 'checkConfiguration',
    summary: 'Says everything that is wrong with a configuration, and changes nothing',
    body: configurationBody,
    answers: {
      200: { description: 'No fault.', schema: 'Valid', example: { ok: true, warnings: [] } },
    },
    problems: CONFIGURATION,
  }),
  admin('releases', {
    method: 'get',
    id: 'listReleases',
    summary: 'The newest 100 releases, newest first',
    answers: {
      200: {
        description: 'The releases.',
        schema: 'Releases',
        example: {
          releases: [
            { number: 1, note: 'first', createdAt: '2026-11-22T03:00:00.000Z', active: true },
          ],
        },
      },
    },
  }),
  admin('releases', {
    method: 'post',
    id: 'publish',
    summary: 'Makes the draft the next release and activates it under a new epoch',
    body: {
      schema: 'ReleaseNote',
      examples: { note: { summary: 'Why', value: { note: 'spring campaign' } } },
    },
    answers: {
      201: {
        description: 'Published and active.',
        schema: 'Published',
        example: {
          epoch: 2,
          release: 2,
          sanitized: ['actions[0].content.note'],
          warnings: [
            {
              path: 'segments[3].when',
              about: 'event "Product Viewed" count gte 3 today',
              why: 'beyond the newest 100 events nothing is known of it: days are the visitor’s own, which buckets do not know',
            },
          ],
        },
      },
    },
    problems: [
      'invalid_json',
      'invalid_body',
      'body_too_large',
      'not_found',
      'invalid_configuration',
      'configuration_changed',
    ],
  }),
  admin('releases/:number', {
    method: 'get',
    id: 'readRelease',
    summary: 'The configuration of a release, as it was published',
    parameters: [number],
    answers: { 200: { description: 'The release.', schema: 'Release' } },
    problems: ['not_found'],
  }),
  admin('releases/:number/activate', {
    method: 'post',
    id: 'activate',
    summary: 'Activates a release, older ones too, under a new epoch',
    parameters: [number],
    answers: {
      200: { description: 'Active.', schema: 'Activation', example: { epoch: 3, release: 1 } },
    },
    problems: ['not_found'],
  }),
  ...(['stop', 'resume'] as const).map((verb) =>
    admin(verb, {
      method: 'post',
      id: verb,
      summary:
        verb === 'stop'
          ? 'Stops all decisions at once: every placement keeps the page’s own content'
          : 'Decides again',
      answers: {
        200: {
          description: 'Under a new epoch.',
          schema: 'Switched',
          example: { epoch: 4, stopped: verb === 'stop' },
        },
      },
      problems: ['no_release'],
    }),
  ),
  admin('records', {
    method: 'get',
    id: 'records',
    summary: 'Records that the warehouse has not taken yet',
    description: 'Without `after` the newest ones. All records of one commit come together.',
    parameters: [
      {
        name: 'after',
        in: 'query',
        description: 'What `next` said last.',
        schema: { type: 'integer', minimum: 0 },
      },
      {
        name: 'limit',
        in: 'query',
        description: 'Commits, not records; 100 unless given, 200 at most.',
        schema: { type: 'integer', minimum: 1, maximum: 200, default: 100 },
      },
    ],
    answers: {
      200: {
        description: 'Oldest first.',
        schema: 'Records',
        example: { records: [], next: null },
      },
    },
    problems: ['invalid_body'],
  }),
]

/** OpenFeature: https://github.com/open-feature/protocol */
import type { Answer, Operation } from '../operation.ts'

const PATH = '/ofrep/v1/evaluate/flags'
const decisionId = 'd1uDkq0Zb…'
const headers = { 'Cache-Control': 'private, no-store' }

const flag = {
  key: 'hero',
  value: { title: '今週、新潟で編み上がりました' },
  reason: 'TARGETING_MATCH',
  metadata: { decisionId },
}
const body: Operation['body'] = {
  schema: 'EvaluateBody',
  examples: {
    page: {
      summary: 'A page asks for its device',
      value: { context: { targetingKey: 'd9c0e4f2-visitor', locale: 'ja-JP' } },
    },
    server: {
      summary: 'A server asks for a user',
      value: { context: { targetingKey: 'user_id:u-1001' } },
    },
  },
}

const failure = (description: string, more: Answer['headers'] = {}): Answer => ({
  description,
  schema: 'FlagFailure',
  headers: { ...headers, ...more },
})
const FAILURES: Readonly<Record<number, Answer>> = {
  400: {
    ...failure('`PARSE_ERROR`, `TARGETING_KEY_MISSING`, `INVALID_CONTEXT`'),
    example: { errorCode: 'TARGETING_KEY_MISSING', errorDetails: 'invalid_body' },
  },
  401: failure('No key, or none that anybody has.'),
  403: failure('The page’s origin is not among the source’s origins.'),
  429: failure('Too many requests with this public key from this address.', {
    'Retry-After': 'Seconds.',
  }),
  500: failure('`GENERAL`: a bug of ours.'),
  503: failure('`GENERAL`: nothing is published yet, or the store failed.', {
    'Retry-After': 'Seconds.',
  }),
}

export const ofrepOperations: readonly Operation[] = [
  {
    method: 'post',
    path: `${PATH}/:placement`,
    id: 'evaluateFlag',
    tag: 'OpenFeature',
    summary: 'One placement as a flag',
    access: 'OpenFeature key',
    parameters: [
      {
        name: 'placement',
        in: 'path',
        required: true,
        description: 'Key of the placement.',
        schema: { type: 'string' },
        example: 'hero',
      },
    ],
    body,
    answers: {
      200: {
        description: 'Without a `value` the code’s own default holds.',
        schema: 'FlagEvaluation',
        headers,
        example: flag,
      },
      ...FAILURES,
      404: {
        ...failure('`FLAG_NOT_FOUND`'),
        example: { key: 'nope', errorCode: 'FLAG_NOT_FOUND' },
      },
    },
    problems: [],
  },
  {
    method: 'post',
    path: PATH,
    id: 'evaluateFlags',
    tag: 'OpenFeature',
    summary: 'Every placement as a flag; spends no cap',
    access: 'OpenFeature key',
    parameters: [
      {
        name: 'If-None-Match',
        in: 'header',
        description: 'ETag of the answer that is known.',
        schema: { type: 'string' },
      },
    ],
    body,
    answers: {
      200: {
        description: 'In the order of the configuration.',
        schema: 'BulkEvaluation',
        headers: { ...headers, ETag: 'Of what is shown to whom; decisionIds are left out.' },
        example: { flags: [flag], metadata: { epoch: 3 } },
      },
      304: { description: 'What is known still holds.', schema: null, headers },
      ...FAILURES,
    },
    problems: [],
  },
]

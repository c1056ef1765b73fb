/** Segment's collect calls, the pixel, and what analytics.js asks for. */
import type { ProblemCode } from '../../../worker/contract/problem.ts'
import type { Example, Operation } from '../operation.ts'
import { REJECTION_CODES } from '../problems.ts'

/** Whoever shows a public key passes these. */
export const KEYED: readonly ProblemCode[] = [
  'unauthorized',
  'unknown_write_key',
  'origin_not_allowed',
  'rate_limited',
  'no_release',
  'store_unavailable',
]
const BODY: readonly ProblemCode[] = ['invalid_json', 'invalid_body', 'body_too_large']

const accepted = { success: true, accepted: 1, rejected: [] }
const device = { messageId: '01ha7-1', anonymousId: 'd9c0e4f2-visitor' }

interface Call {
  readonly type: string
  readonly short: string
  readonly summary: string
  readonly example: unknown
}
const CALLS: readonly Call[] = [
  {
    type: 'identify',
    short: 'i',
    summary: 'Says who somebody is, and facts about them',
    example: {
      ...device,
      userId: 'u-1001',
      traits: { email: 'taro@example.com', plan: 'pro' },
    },
  },
  {
    type: 'track',
    short: 't',
    summary: 'Says what somebody did',
    example: {
      ...device,
      event: 'Product Viewed',
      properties: { product_id: 'k-204', category: 'knitwear', price: 12800 },
    },
  },
  {
    type: 'page',
    short: 'p',
    summary: 'Says which page somebody saw',
    example: { ...device, name: 'Home', properties: { path: '/' } },
  },
  {
    type: 'screen',
    short: 's',
    summary: 'Says which screen of an app somebody saw',
    example: { ...device, name: 'Cart' },
  },
  {
    type: 'group',
    short: 'g',
    summary: 'Says which group somebody belongs to',
    example: { ...device, groupId: 'team-7', traits: { name: 'Team Seven' } },
  },
  {
    type: 'alias',
    short: 'a',
    summary: 'Says that two ids are one person',
    example: { userId: 'u-1001', previousId: 'd9c0e4f2-visitor' },
  },
]

const calls = CALLS.flatMap(({ type, short, summary, example }): Operation[] =>
  [type, short].map((path) => ({
    method: 'post',
    path: `/v1/${path}`,
    id: path === type ? type : `${type}Short`,
    tag: 'Collect',
    summary: path === type ? summary : `${summary} (the short path of analytics.js)`,
    access: 'write or secret key',
    body: {
      schema: type === 'track' ? 'TrackMessage' : 'Message',
      examples: { [type]: { summary, value: example } },
    },
    answers: { 200: { description: 'Durable.', schema: 'CollectAnswer', example: accepted } },
    problems: [...BODY, ...KEYED, 'store_busy', 'outbox_full', ...REJECTION_CODES],
  })),
)

const batchExample: Example = {
  summary: 'Two messages, one of them bad',
  value: {
    sentAt: '2026-11-22T03:00:01.000Z',
    batch: [
      {
        type: 'track',
        messageId: '01ha7-2',
        anonymousId: 'd9c0e4f2-visitor',
        event: 'Product Added',
        properties: { product_id: 'k-204', price: 12800 },
        originalTimestamp: '2026-11-22T03:00:00.000Z',
      },
      { type: 'page', messageId: '01ha7-3', name: 'Cart' },
    ],
  },
}

const batches = (['batch', 'b'] as const).map((path): Operation => ({
  method: 'post',
  path: `/v1/${path}`,
  id: path === 'batch' ? 'batch' : 'batchShort',
  tag: 'Collect',
  summary:
    path === 'batch'
      ? 'Up to 2,500 messages in 500 KB; the good ones are kept when others are bad'
      : 'The short path of a batch',
  access: 'write or secret key',
  body: { schema: 'Batch', examples: { batch: batchExample } },
  answers: {
    200: {
      description: 'The accepted ones are durable; the rejected ones are named.',
      schema: 'CollectAnswer',
      example: {
        success: false,
        accepted: 1,
        rejected: [
          {
            index: 1,
            messageId: '01ha7-3',
            code: 'missing_identifier',
            detail: 'an anonymousId or a userId is needed',
          },
        ],
      },
    },
  },
  problems: [...BODY, ...KEYED, 'store_busy', 'outbox_full'],
}))

const pixels = (['track', 'page'] as const).map((type): Operation => ({
  method: 'get',
  path: `/v1/pixel/${type}`,
  id: type === 'track' ? 'pixelTrack' : 'pixelPage',
  tag: 'Collect',
  summary: `A ${type} message by image, for e-mails`,
  description: 'Sets no cookie. Whatever key is in it, it is treated as a public one.',
  access: 'key in data',
  parameters: [
    {
      name: 'data',
      in: 'query',
      required: true,
      description: 'Base64 or base64url of a JSON message with its `writeKey`.',
      schema: { type: 'string', maxLength: 65_536 },
      example: btoa(
        JSON.stringify({ writeKey: 'wk_demo', anonymousId: 'd9c0e4f2-visitor', event: 'Opened' }),
      ),
    },
  ],
  answers: { 200: { description: 'A transparent GIF of one pixel; the event is durable.' } },
  problems: [
    'invalid_json',
    'invalid_body',
    'unauthorized',
    'unknown_write_key',
    'rate_limited',
    'no_release',
    'store_busy',
    'outbox_full',
    'store_unavailable',
    ...REJECTION_CODES,
  ],
}))

const settings: Operation = {
  method: 'get',
  path: '/v1/projects/:writeKey/settings',
  id: 'settings',
  tag: 'Collect',
  summary: 'What analytics.js asks for when it loads',
  access: 'anybody',
  parameters: [
    {
      name: 'writeKey',
      in: 'path',
      required: true,
      description: 'The public key.',
      schema: { type: 'string' },
      example: 'wk_demo',
    },
  ],
  answers: {
    200: {
      description: 'Settings that send to this worker and to nobody else.',
      schema: 'Settings',
      headers: { 'Cache-Control': 'public, max-age=60' },
    },
  },
  problems: ['unknown_write_key', 'no_release', 'store_unavailable'],
}

const metrics: Operation = {
  method: 'post',
  path: '/v1/m',
  id: 'metrics',
  tag: 'Collect',
  summary: 'Where analytics.js reports its own health: taken and forgotten',
  access: 'anybody',
  answers: { 200: { description: 'Always.', schema: 'Taken', example: { success: true } } },
  problems: [],
}

export const collectOperations: readonly Operation[] = [
  ...calls,
  ...batches,
  metrics,
  ...pixels,
  settings,
]

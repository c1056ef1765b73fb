/** Policies that learn: what they draw by. */
import type { Operation } from '../operation.ts'
import { admin } from './admin.ts'

export const policyOperations: readonly Operation[] = [
  admin('policies/:key/weights', {
    method: 'get',
    id: 'policyWeights',
    summary: 'What a policy that learns draws by',
    description:
      'By the newest version of the model, which isolates follow within half a minute, or by an older one that is kept (for 90 days), over the actions and contexts of the active release.',
    parameters: [
      {
        name: 'key',
        in: 'path',
        required: true,
        description: 'Of a policy of the active release that learns.',
        schema: { type: 'string' },
        example: 'hero-learns',
      },
      {
        name: 'version',
        in: 'query',
        description: 'Of the model; the newest unless given.',
        schema: { type: 'integer', minimum: 1 },
        example: 12,
      },
    ],
    answers: {
      200: {
        description: 'All alike, under version 0, before there are weights.',
        schema: 'PolicyWeights',
        example: {
          policy: 'hero-learns',
          goal: 'order',
          by: 'rate',
          floor: 0.02,
          model: 12,
          version: 11,
          builtAt: '2026-03-10T00:00:00.000Z',
          kept: { from: 1, to: 12 },
          actions: ['coat', 'knit', 'linen'],
          leaves: [
            { leaf: 'mobile', shares: { coat: 0.3, knit: 0.4, linen: 0.3 }, without: [] },
            {
              leaf: '',
              shares: { coat: 0.02, knit: 0.9, linen: 0.08 },
              without: [{ leader: 'knit', shares: { coat: 0.1, linen: 0.9 } }],
            },
          ],
        },
      },
    },
    problems: ['no_release', 'not_found', 'invalid_body'],
  }),
]

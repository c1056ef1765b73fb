/** Decisions. */
import type { Operation } from '../operation.ts'
import { KEYED } from './collect.ts'

const decisionId = 'd1uDkq0Zb…'

export const decideOperations: readonly Operation[] = [
  {
    method: 'post',
    path: '/v1/decide',
    id: 'decide',
    tag: 'Decide',
    summary: 'What to show in each placement, for this person, now',
    description:
      'Answers within the budget (100 ms unless set): later, the fallback comes with `degraded: true`.',
    access: 'write or secret key',
    body: {
      schema: 'DecideBody',
      examples: {
        browser: {
          summary: 'A page asks, and brings what just happened',
          value: {
            requestId: '0197e1f0-question-1',
            anonymousId: 'd9c0e4f2-visitor',
            events: [
              {
                type: 'track',
                messageId: '01ha7-4',
                event: 'Product Viewed',
                anonymousId: 'd9c0e4f2-visitor',
                properties: { category: 'knitwear' },
              },
            ],
            placements: ['hero'],
            context: { locale: 'ja-JP', page: { path: '/' } },
          },
        },
        server: {
          summary: 'A server asks why',
          value: { userId: 'u-1001', placements: ['hero'], explain: true },
        },
      },
    },
    answers: {
      200: {
        description: 'One decision a placement. An empty list: leave the page’s own content.',
        schema: 'DecideAnswer',
        headers: { 'Cache-Control': 'private, no-store' },
        example: {
          decisions: {
            hero: { items: [{ decisionId, content: { title: '今週、新潟で編み上がりました' } }] },
          },
          acked: ['01ha7-4'],
          rejected: [],
          profileId: '0197e1f0-5d5e-7bc2-9f0a-2f6d1f0c7a11',
          epoch: 3,
          degraded: false,
        },
      },
    },
    problems: [
      'invalid_json',
      'invalid_body',
      'body_too_large',
      'too_deep',
      'too_many_keys',
      'forbidden_key',
      'not_finite',
      ...KEYED,
      'forbidden',
      'unknown_placement',
      'invalid_token',
      'invalid_identifier',
    ],
  },
  {
    method: 'post',
    path: '/v1/decide/bulk',
    id: 'decideBulk',
    tag: 'Decide',
    summary: 'One question about up to 10,000 people',
    description:
      'The first line is the question: `{ placements, atMost?, context?, run?, at? }`. Each other one is a person: `user_id`, `email`, `phone`, `anonymous_id`, or `type` and `value`; `context` adds to the question’s, `ref` is given back. A bad line holds up none of the others.',
    access: 'secret key',
    text: {
      'application/x-ndjson':
        '{"placements":["mail-body"],"run":"spring-2026"}\n{"user_id":"kei","ref":"row-1"}\n{"email":"yui@example.com","context":{"locale":"ja"}}\n',
    },
    answers: {
      200: {
        description:
          'Line by line, in their order, while they are decided: `{ line, ref?, profileId, decisions }` or `{ line, ref?, error: { code, detail } }`, and at the end `{ end: { people, unknown, failed } }`. Without the last one the answer is not whole.',
        content: 'application/x-ndjson',
        headers: { 'Cache-Control': 'private, no-store' },
      },
    },
    problems: [
      'invalid_json',
      'invalid_body',
      'body_too_large',
      'too_deep',
      'too_many_keys',
      'forbidden_key',
      'not_finite',
      'unauthorized',
      'unknown_write_key',
      'forbidden',
      'no_release',
      'unknown_placement',
      'store_unavailable',
    ],
  },
]

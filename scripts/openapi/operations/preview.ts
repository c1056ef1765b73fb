/** Preview links: made by operators, opened by browsers. */
import type { Operation } from '../operation.ts'
import { KEYED } from './collect.ts'

export const previewOperations: readonly Operation[] = [
  {
    path: '/admin/v1/preview-links',
    tag: 'Admin',
    access: 'admin token',
    method: 'post',
    id: 'makePreviewLink',
    summary: 'A link that shows one browser what it would not get',
    body: {
      schema: 'PreviewLinkBody',
      examples: {
        action: {
          summary: 'An action, in whichever placement shows it',
          value: { url: 'https://shop.example/', action: 'knit' },
        },
        segment: {
          summary: 'What members of a segment see next Friday',
          value: {
            url: 'https://shop.example/',
            segments: ['knit-lover'],
            at: '2026-11-27T12:00:00+09:00',
          },
        },
      },
    },
    answers: {
      201: {
        description: 'Made. It is nowhere kept: who has it can open it, once.',
        schema: 'PreviewLink',
        example: {
          token: 'd1uDkq0Zb…',
          url: 'https://shop.example/?tsugi_preview=d1uDkq0Zb…',
          source: 'site',
          expires: '2026-11-23T03:00:00.000Z',
        },
      },
    },
    problems: [
      'unauthorized',
      'store_unavailable',
      'invalid_json',
      'invalid_body',
      'body_too_large',
      'no_release',
    ],
  },
  {
    method: 'post',
    path: '/v1/preview',
    id: 'openPreview',
    tag: 'Decide',
    summary: 'A preview link’s token for a cookie, once; or the preview’s end',
    access: 'write or secret key',
    body: {
      schema: 'OpenPreviewBody',
      examples: {
        open: { summary: 'Open', value: { writeKey: 'wk_demo', token: 'd1uDkq0Zb…' } },
        end: { summary: 'End', value: { writeKey: 'wk_demo', end: true } },
      },
    },
    answers: {
      200: {
        description: 'The cookie is set, or gone.',
        schema: 'PreviewState',
        headers: { 'Cache-Control': 'private, no-store', 'Set-Cookie': '`tsugi_preview`' },
        example: { preview: true, expires: '2026-11-22T04:00:00.000Z' },
      },
    },
    problems: [
      'invalid_json',
      'invalid_body',
      'body_too_large',
      ...KEYED,
      'forbidden',
      'invalid_preview_link',
    ],
  },
]

/** Decisions of the past. */
import type { Operation } from '../operation.ts'
import { admin } from './admin.ts'

export const decisionOperations: readonly Operation[] = [
  admin('decisions/:decisionId/why', {
    method: 'get',
    id: 'whyDecision',
    summary: 'Why a decision came out as it did',
    description:
      'Its log line is looked for in the outbox and in the files of its hour, and decided again under the release of then.',
    parameters: [
      {
        name: 'decisionId',
        in: 'path',
        required: true,
        description: 'As a page or a server was given it.',
        schema: { type: 'string' },
        example: 'd1Zx…',
      },
      {
        name: 'language',
        in: 'query',
        description:
          'Of the names: what stands for it under `names` in the configuration, else `name`.',
        schema: { type: 'string', pattern: '^[a-z]{2,3}$' },
        example: 'ja',
      },
    ],
    answers: {
      200: {
        description: 'What was chosen, and the gate that stopped each other candidate.',
        schema: 'WhyAnswer',
        example: {
          placement: 'hero',
          action: 'welcome',
          position: 0,
          at: '2026-03-02T09:05:00.000+09:00',
          expired: false,
          epoch: 1,
          release: 1,
          profileId: null,
          policy: 'everybody',
          arm: null,
          propensity: 1,
          experiments: {},
          replay: 'same',
          shown: ['welcome'],
          instead: [],
          reason: { kind: 'priority', policy: 'everybody' },
          stopped: null,
          policies: [
            {
              policy: 'everybody',
              passed: true,
              actions: [{ action: 'welcome', chosen: true }],
            },
          ],
          names: {
            placements: { hero: 'Hero' },
            policies: { everybody: 'For everybody' },
            actions: { welcome: 'Welcome' },
            segments: {},
            experiments: {},
            arms: {},
            splitArms: {},
          },
        },
      },
    },
    problems: ['invalid_decision_id', 'invalid_body', 'not_found', 'out_of_reach'],
  }),
]

/** Experiments: which there are, and what their arms did. */
import type { Operation } from '../operation.ts'
import { admin } from './admin.ts'

const arms = [
  { arm: 'control', share: 0.5 },
  { arm: 'warm', share: 0.5 },
]

export const experimentOperations: readonly Operation[] = [
  admin('experiments', {
    method: 'get',
    id: 'listExperiments',
    summary: 'The experiments of the active release',
    answers: {
      200: {
        description: 'With the arm that all others are compared with, and their goals.',
        schema: 'Experiments',
        example: {
          experiments: [{ experiment: 'hero-test', control: 'control', arms, goals: ['order'] }],
        },
      },
    },
    problems: ['no_release'],
  }),
  admin('experiments/:key/results', {
    method: 'get',
    id: 'experimentResults',
    summary: 'What the arms of an experiment did',
    description:
      'As far as it is in the files, which is a minute ago. Intervals hold at every look at once; until there are enough people they are null and the verdict is `not_yet`.',
    parameters: [
      {
        name: 'key',
        in: 'path',
        required: true,
        description: 'Of the experiment; of a policy with a split, the policy’s.',
        schema: { type: 'string' },
        example: 'hero-test',
      },
    ],
    answers: {
      200: {
        description: 'By arm and goal; zeros and nulls where nobody has met it yet.',
        schema: 'ExperimentResults',
        example: {
          experiment: 'hero-test',
          control: 'control',
          asOf: '2026-03-10T00:00:00.000Z',
          alpha: 0.05,
          arms: arms.map((arm) => ({ ...arm, people: 1000, exposures: 1800, crossed: 2 })),
          sampleRatio: {
            status: 'ok',
            arms: arms.map((arm) => ({ ...arm, people: 1002, expected: 1002 })),
            sequentialP: 1,
            chiSquared: 0,
            chiSquaredP: 1,
          },
          goals: [
            {
              goal: 'order',
              windowMs: 604_800_000,
              arms: [
                ['control', 100],
                ['warm', 200],
              ].map(([arm, converted]) => ({
                arm: arm as string,
                people: 900,
                pending: 100,
                pendingConverted: 3,
                converted: converted as number,
                conversions: converted as number,
                rate: (converted as number) / 900,
                value: [],
              })),
              comparisons: [
                {
                  arm: 'warm',
                  metric: 'rate',
                  verdict: 'better',
                  difference: { estimate: 0.111, low: 0.051, high: 0.171, p: 0.00001 },
                  lift: { estimate: 1, low: 0.37, high: 1.92 },
                  morePeople: null,
                },
              ],
            },
          ],
        },
      },
    },
    problems: ['no_release', 'not_found'],
  }),
]

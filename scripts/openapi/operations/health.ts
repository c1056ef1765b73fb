/** For load balancers and monitors. */
import type { Operation } from '../operation.ts'

export const healthOperations: readonly Operation[] = [
  {
    method: 'get',
    path: '/healthz',
    id: 'healthz',
    tag: 'Health',
    summary: 'The process runs',
    access: 'anybody',
    answers: { 200: { description: 'Always.', schema: 'Alive', example: { ok: true } } },
    problems: [],
  },
  {
    method: 'get',
    path: '/readyz',
    id: 'readyz',
    tag: 'Health',
    summary: 'The store answers and something is published',
    access: 'anybody',
    answers: {
      200: {
        description: 'Ready.',
        schema: 'Ready',
        example: { ok: true, store: 'up', epoch: 1, release: 1 },
      },
      503: {
        description: 'Not ready.',
        schema: 'Ready',
        example: { ok: false, store: 'down' },
      },
    },
    problems: [],
  },
]

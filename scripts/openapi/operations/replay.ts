/** Rebuilding people from the files. */
import type { ProblemCode } from '../../../worker/contract/problem.ts'
import type { Operation } from '../operation.ts'

const example = {
  number: 1,
  state: 'running',
  phase: 'fold',
  apply: false,
  from: null,
  to: null,
  release: 3,
  startedAt: '2026-11-22T03:00:00.000Z',
  updatedAt: '2026-11-22T03:00:04.000Z',
  files: { done: 12, total: 40 },
  rows: { done: 9120, total: 31877 },
  people: { done: 0, total: 0 },
  unreadable: 0,
  different: { people: 0, sections: {}, first: [] },
  written: 0,
  unlogged: { people: 0, first: [] },
  waitsFor: null,
}

type Part = Pick<Operation, 'method' | 'id' | 'summary' | 'answers'> &
  Partial<Pick<Operation, 'description' | 'body'>> & { readonly problems: readonly ProblemCode[] }

const replay = (path: string, { problems, ...part }: Part): Operation => ({
  path: `/admin/v1/${path}`,
  tag: 'Admin',
  access: 'admin token',
  problems: ['unauthorized', 'store_unavailable', ...problems],
  ...part,
})

export const replayOperations: readonly Operation[] = [
  replay('replay', {
    method: 'get',
    id: 'readReplay',
    summary: 'How far the newest replay is, and what it found',
    answers: { 200: { description: 'The newest run.', schema: 'Replay', example } },
    problems: ['not_found'],
  }),
  replay('replay', {
    method: 'post',
    id: 'beginReplay',
    summary: 'Begins to rebuild people from the files, or finds the run to go on with',
    description:
      'Nothing happens before the first step. Without `apply` it compares and changes nothing.',
    body: {
      schema: 'ReplayWish',
      examples: {
        audit: { summary: 'Compare everybody', value: {} },
        repair: {
          summary: 'Write what differs for those who were active in an hour',
          value: { apply: true, from: '2026-11-22T09:00:00Z', to: '2026-11-22T10:00:00Z' },
        },
      },
    },
    answers: {
      200: { description: 'One that was begun with the same wish.', schema: 'Replay', example },
      201: { description: 'Begun.', schema: 'Replay', example },
    },
    problems: [
      'invalid_json',
      'invalid_body',
      'body_too_large',
      'too_deep',
      'too_many_keys',
      'forbidden_key',
      'not_finite',
      'no_release',
      'replay_running',
      'store_busy',
    ],
  }),
  replay('replay/step', {
    method: 'post',
    id: 'stepReplay',
    summary: 'Does a bounded piece of the run',
    description:
      'About two seconds of it. Call it again until `state` is `done`; after that it answers the finished run.',
    answers: { 200: { description: 'How far it is now.', schema: 'Replay', example } },
    problems: ['not_found', 'no_release', 'replay_outdated', 'replay_stuck', 'store_busy'],
  }),
  replay('replay', {
    method: 'delete',
    id: 'abandonReplay',
    summary: 'Abandons the run that is running',
    answers: {
      200: {
        description: 'Ended. What it wrote stays written.',
        schema: 'Replay',
        example: { ...example, state: 'abandoned' },
      },
    },
    problems: ['not_found', 'store_busy'],
  }),
]

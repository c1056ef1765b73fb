/** Where the way to the warehouse stands, and what an operator may do about it. */
import type { Operation } from '../operation.ts'
import { admin } from './admin.ts'

const shard = { shard: 'd1', backlogRows: 2, lagMs: 1200, open: null, last: null, lease: null }

export const warehouseOperations: readonly Operation[] = [
  admin('warehouse', {
    method: 'get',
    id: 'warehouse',
    summary: 'Where the way to the warehouse stands',
    answers: {
      200: {
        description: 'Backlog, the file being written, the newest file, who writes, and the sinks.',
        schema: 'Warehouse',
        example: {
          ...shard,
          outbox: {
            rows: 2,
            bytes: 2400,
            maxRows: 5_000_000,
            maxBytes: 4_294_967_296,
            isFull: false,
          },
          shards: [shard],
          sinks: [
            {
              sink: 'r2',
              shard: 'd1',
              batches: 12,
              rows: 3400,
              behindBatches: 0,
              lagMs: 0,
              tries: 0,
              retryAtMs: 0,
              error: null,
              deadLetters: 0,
            },
          ],
          deadLetters: [],
        },
      },
    },
  }),
  admin('warehouse/sinks/:name/retry', {
    method: 'post',
    id: 'retrySink',
    summary: 'Tries a sink again at once, its dead letters too',
    description:
      'It happens in the next scheduled run. What a sink has already is not taken twice.',
    parameters: [
      {
        name: 'name',
        in: 'path',
        required: true,
        description: 'Key of the sink.',
        schema: { type: 'string' },
        example: 'postgres',
      },
    ],
    answers: {
      202: {
        description: 'How many dead letters there are.',
        schema: 'SinkRetry',
        example: { sink: 'postgres', deadLetters: 1 },
      },
    },
    problems: ['not_found'],
  }),
  admin('metrics', {
    method: 'get',
    id: 'readMetrics',
    summary: 'The same figures for Prometheus',
    answers: {
      200: { description: 'Its text format, version 0.0.4.', content: 'text/plain' },
    },
  }),
]

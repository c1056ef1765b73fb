/** The state of the warehouse as Prometheus reads it. Prose: docs/warehouse.md#metrics */
import type { WarehouseStatus } from './status.ts'

type Labels = Readonly<Record<string, string>>
type Sample = readonly [labels: Labels, value: number]

interface Metric {
  readonly name: string
  readonly type: 'gauge' | 'counter'
  readonly help: string
  readonly samples: readonly Sample[]
}

export function metricsText(status: WarehouseStatus, nowMs: number): string {
  return metricsOf(status, nowMs)
    .map(({ name, type, help, samples }) =>
      [
        `# HELP ${name} ${help}`,
        `# TYPE ${name} ${type}`,
        ...samples.map(([labels, value]) => `${name}${labelsText(labels)} ${value}`),
        '',
      ].join('\n'),
    )
    .join('')
}

function metricsOf({ outbox, shards, sinks }: WarehouseStatus, nowMs: number): readonly Metric[] {
  const ofShard = (read: (shard: (typeof shards)[number]) => number): Sample[] =>
    shards.map((status) => [{ shard: status.shard }, read(status)])
  const ofSink = (read: (sink: (typeof sinks)[number]) => number): Sample[] =>
    sinks.map((status) => [{ sink: status.sink, shard: status.shard }, read(status)])
  return [
    {
      name: 'tsugi_outbox_rows',
      type: 'gauge',
      help: 'Outbox entries not yet in a file.',
      samples: ofShard(({ backlogRows }) => backlogRows),
    },
    {
      name: 'tsugi_outbox_lag_seconds',
      type: 'gauge',
      help: 'Age of the oldest outbox entry.',
      samples: ofShard(({ lagMs }) => lagMs / 1000),
    },
    {
      name: 'tsugi_outbox_fill_ratio',
      type: 'gauge',
      help: 'Of what the outbox may hold; at 1 no more events are taken.',
      samples: [[{}, Math.max(outbox.rows / outbox.maxRows, outbox.bytes / outbox.maxBytes)]],
    },
    {
      name: 'tsugi_outbox_bytes',
      type: 'gauge',
      help: 'Bytes in the outbox, estimated by its newest entries.',
      samples: [[{}, outbox.bytes]],
    },
    {
      name: 'tsugi_warehouse_last_batch_age_seconds',
      type: 'gauge',
      help: 'Since the newest file was written.',
      samples: shards.flatMap(({ shard, last }): Sample[] =>
        last === null ? [] : [[{ shard }, Math.max(0, nowMs - last.updatedMs) / 1000]],
      ),
    },
    {
      name: 'tsugi_sink_batches_total',
      type: 'counter',
      help: 'Batches that a sink has taken; sink "r2" is the files themselves.',
      samples: ofSink(({ batches }) => batches),
    },
    {
      name: 'tsugi_sink_rows_total',
      type: 'counter',
      help: 'Rows that a sink has taken.',
      samples: ofSink(({ rows }) => rows),
    },
    {
      name: 'tsugi_sink_behind_batches',
      type: 'gauge',
      help: 'Files that a sink has not taken yet; told up to 1000.',
      samples: ofSink(({ behindBatches }) => behindBatches),
    },
    {
      name: 'tsugi_sink_lag_seconds',
      type: 'gauge',
      help: 'Since when the oldest of them waits.',
      samples: ofSink(({ lagMs }) => lagMs / 1000),
    },
    {
      name: 'tsugi_sink_tries',
      type: 'gauge',
      help: 'How often the next batch failed so far.',
      samples: ofSink(({ tries }) => tries),
    },
    {
      name: 'tsugi_sink_dead_letters',
      type: 'gauge',
      help: 'Batches put aside after too many tries.',
      samples: ofSink(({ deadLetters }) => deadLetters),
    },
  ]
}

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '"': '\\"', '\n': '\\n' }

const labelsText = (labels: Labels): string =>
  Object.keys(labels).length === 0
    ? ''
    : `{${Object.entries(labels)
        .map(([name, value]) => `${name}="${value.replaceAll(/[\\"\n]/g, (c) => ESCAPES[c] ?? c)}"`)
        .join(',')}}`

/** The sinks of a deployment: what the configuration asks for and the bindings allow. */
import type { Configuration } from '../contract/config.ts'
import type { SinkConfig } from '../contract/warehouse.ts'
import type { Manifest, ObjectReader } from './ports.ts'
import { redacted } from './redact.ts'
import { PROFILES_SHARD } from './snapshot-ports.ts'
import { SinkError, type Sink, type SinkBatch } from './sink-ports.ts'

const USUAL: SinkConfig = {
  key: 'postgres',
  kind: 'postgres',
  binding: 'HYPERDRIVE',
  schema: 'tsugi',
  leaveOut: [],
  hmac: [],
}

export interface SinkSurroundings {
  /** A binding of the worker by its name; undefined where there is none. */
  readonly binding: (name: string) => unknown
  readonly hmacKey: string | undefined
}

/** @param config null before the first publish */
export function sinksOf(
  config: Pick<Configuration, 'warehouse' | 'workspace'> | null,
  { binding, hmacKey }: SinkSurroundings,
): readonly Sink[] {
  const usual = isHyperdrive(binding(USUAL.binding)) ? [USUAL] : []
  return (config?.warehouse.sinks ?? usual).map((sink) => {
    const hyperdrive = binding(sink.binding)
    if (!isHyperdrive(hyperdrive)) {
      return missing(sink.key, `there is no Hyperdrive binding ${sink.binding}`)
    }
    if (sink.hmac.length > 0 && (hmacKey === undefined || hmacKey.length < 32)) {
      return missing(sink.key, 'WAREHOUSE_HMAC_KEY must be set to 32 characters or more')
    }
    const rules = {
      leaveOut: sink.leaveOut,
      hmac: sink.hmac,
      hmacKey: hmacKey ?? '',
      phoneRegion: config?.workspace.phoneRegion ?? 'US',
    }
    return lateSink(sink.key, async () => {
      const { postgresSink } = await import('./postgres/postgres-sink.ts')
      const inner = postgresSink({
        name: sink.key,
        connectionString: hyperdrive.connectionString,
        schema: sink.schema,
      })
      return { ...inner, apply: (batch) => inner.apply(redacted(batch, rules)) }
    })
  })
}

interface HyperdriveBinding {
  readonly connectionString: string
}
const isHyperdrive = (binding: unknown): binding is HyperdriveBinding =>
  typeof (binding as Partial<HyperdriveBinding> | undefined)?.connectionString === 'string'

/** Its driver is loaded when there is something to hand over. */
function lateSink(name: string, load: () => Promise<Sink>): Sink {
  let loaded: Promise<Sink> | undefined
  return {
    name,
    apply: async (batch) => (await (loaded ??= load())).apply(batch),
    close: async () => (await loaded)?.close(),
  }
}

/** Asked for and not to be had: it waits and says why, and takes up where it was once that is mended. */
const missing = (name: string, why: string): Sink => ({
  name,
  apply: async () => {
    throw new SinkError('unavailable', why)
  },
  close: async () => {},
})

/** What a manifest's rows are to a sink. */
export function batchOf(reader: ObjectReader, { batch, firstRow, shard }: Manifest): SinkBatch {
  if (batch === null) throw new TypeError('a batch that is not named yet')
  const { batchId, path, rows } = batch
  return {
    batchId,
    table: shard === PROFILES_SHARD ? 'profiles' : 'events',
    rows,
    // Only who reads a file pays for loading its reader.
    async *read() {
      const { fileRows } = await import('./file-rows.ts')
      yield* fileRows(reader, { path, firstRow, rows })
    },
  }
}

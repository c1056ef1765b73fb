/** Warehouses beside the files on R2: which there are, and what they do not get to see. */
import * as v from 'valibot'
import { key } from './scalars.ts'
import { strict } from './strict.ts'

/** Columns of events and profiles that a sink can do without; the others make a row one. */
export const OPTIONAL_COLUMNS = [
  'event',
  'anonymous_id',
  'user_id',
  'group_id',
  'previous_id',
  'name',
  'category',
  'source',
  'profile_id',
  'epoch',
  'original_timestamp',
  'sent_at',
  'properties',
  'traits',
  'context',
  'integrations',
  'claims',
  'identifiers',
  'released',
  'version',
  'first_seen',
  'last_seen',
  'aggregates',
  'segments',
  'lists',
  'consents',
  'experiments',
] as const

const path = v.pipe(
  v.string(),
  v.maxLength(200),
  v.check(
    (text) => (OPTIONAL_COLUMNS as readonly string[]).includes(text.split('.')[0] ?? ''),
    `Expected a column (${OPTIONAL_COLUMNS.join(', ')}), or a path below one such as "context.ip"`,
  ),
)

const identifierName = v.pipe(
  v.string(),
  v.regex(/^[a-zA-Z][a-zA-Z0-9_]{0,63}$/, 'Expected the name of an identifier such as "email"'),
)

const sink = strict({
  /** What its cursor goes by: another key begins from the first event. */
  key,
  kind: v.picklist(['postgres']),
  /** The Hyperdrive binding of wrangler.toml that leads to it. */
  binding: v.optional(
    v.pipe(v.string(), v.regex(/^[A-Z][A-Z0-9_]{0,62}$/, 'Expected a name such as "HYPERDRIVE"')),
    'HYPERDRIVE',
  ),
  /** The schema of its tables; one of its own for each sink. */
  schema: v.optional(
    v.pipe(v.string(), v.regex(/^[a-z_][a-z0-9_]{0,62}$/, 'Expected a name such as "tsugi"')),
    'tsugi',
  ),
  /** Never handed over: columns, or "column.key" of what lies in a JSON column. */
  leaveOut: v.optional(v.pipe(v.array(path), v.maxLength(200)), []),
  /** Handed over only as HMAC-SHA-256 under WAREHOUSE_HMAC_KEY, wherever they stand. */
  hmac: v.optional(v.pipe(v.array(identifierName), v.maxLength(50)), []),
})

export const warehouse = strict({
  /** Unless given, one: PostgreSQL, where a binding called HYPERDRIVE is. */
  sinks: v.optional(v.pipe(v.array(sink), v.maxLength(10))),
})

export type SinkConfig = v.InferOutput<typeof sink>

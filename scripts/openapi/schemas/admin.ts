/** What operators are answered. */
import * as v from 'valibot'
import { configuration } from '../../../worker/contract/config.ts'
import type { Warning } from '../../../worker/contract/problem.ts'
import type { JsonObject } from '../../../worker/contract/message.ts'
import type { EventRecord } from '../../../worker/core/record.ts'
import type {
  Activation,
  ReleaseSummary,
  Status,
} from '../../../worker/flow/configuration-ports.ts'
import type { Published } from '../../../worker/flow/publish.ts'
import { says } from '../same.ts'

const count = v.pipe(v.number(), v.integer(), v.minValue(0))
const instant = v.pipe(v.string(), v.isoTimestamp())
const object = v.record(v.string(), v.unknown()) as unknown as v.GenericSchema<JsonObject>

export const status = says<Status>()(
  v.object({
    epoch: v.nullable(count),
    release: v.nullable(count),
    stopped: v.boolean(),
    draftRevision: v.nullable(count),
    outbox: v.object({ rows: count, oldestReceivedAt: v.nullable(instant) }),
    due: v.pipe(
      v.object({ profiles: count, oldest: v.nullable(instant) }),
      v.description(
        'Whom time may have moved into a segment or out of one; at most 10,000 are counted.',
      ),
    ),
  }),
)

export const draft = v.object({ revision: count, configuration })
export const revision = v.object({ revision: count })
const warnings = v.pipe(
  v.array(says<Warning>()(v.object({ path: v.string(), about: v.string(), why: v.string() }))),
  v.description('Leaves of conditions that are exact among the newest events only, and why.'),
)
export const valid = v.object({ ok: v.literal(true), warnings })

export const releaseSummary = says<ReleaseSummary>()(
  v.object({ number: count, note: v.string(), createdAt: instant, active: v.boolean() }),
)
export const releases = v.object({ releases: v.array(releaseSummary) })
export const release = v.object({ number: count, configuration })

export const activation = says<Activation>()(v.object({ epoch: count, release: count }))
export const published = says<Published>()(
  v.object({
    epoch: count,
    release: count,
    sanitized: v.pipe(
      v.array(v.string()),
      v.description('Paths of HTML content that sanitizing changed.'),
    ),
    warnings,
  }),
)
export const switched = v.object({ epoch: count, stopped: v.boolean() })

const text = v.exactOptional(v.string())

export const record = says<EventRecord & { readonly seq: number }>()(
  v.object({
    seq: v.pipe(count, v.description('Position of its commit in the outbox.')),
    type: v.picklist([
      'identify',
      'track',
      'page',
      'screen',
      'group',
      'alias',
      '$merge',
      '$segment',
      '$reward',
      '$outcome',
      '$unmerge',
      '$list',
      '$decision',
    ]),
    messageId: v.string(),
    source: v.string(),
    profileId: v.nullable(v.string()),
    epoch: count,
    anonymousId: text,
    userId: text,
    previousId: text,
    groupId: text,
    event: text,
    name: text,
    category: text,
    properties: v.exactOptional(object),
    traits: v.exactOptional(object),
    context: v.exactOptional(object),
    integrations: v.exactOptional(object),
    timestampMs: count,
    receivedAtMs: count,
    originalTimestampMs: v.nullable(count),
    sentAtMs: v.nullable(count),
    late: v.exactOptional(v.literal(true)),
    preview: v.exactOptional(v.literal(true)),
    claims: v.exactOptional(v.array(v.string())),
    identifiers: v.exactOptional(v.array(v.string())),
    released: v.exactOptional(v.array(v.string())),
  }),
)
export const records = v.object({
  records: v.array(record),
  next: v.pipe(v.nullable(count), v.description('Give it back as `after`.')),
})

export const alive = v.object({ ok: v.literal(true) })
export const ready = v.union([
  v.object({
    ok: v.boolean(),
    store: v.literal('up'),
    epoch: v.nullable(count),
    release: v.nullable(count),
  }),
  v.object({ ok: v.literal(false), store: v.literal('down') }),
])

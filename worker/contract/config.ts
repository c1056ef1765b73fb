/** The whole configuration as one JSON file, as it is imported, exported and kept in git. */
import * as v from 'valibot'
import { condition, duration, where } from './condition.ts'

const key = v.pipe(
  v.string(),
  v.regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, 'Expected a key of a-z, 0-9, "-" and "_"'),
)
const title = v.pipe(v.string(), v.minLength(1), v.maxLength(200))
const note = v.optional(v.pipe(v.string(), v.maxLength(2000)))
const instant = v.pipe(
  v.string(),
  v.check(
    (text) =>
      /^\d{4}-\d{2}-\d{2}T.*(Z|[+-]\d{2}:\d{2})$/.test(text) && !Number.isNaN(Date.parse(text)),
    'Expected an ISO 8601 instant with its offset, such as "2026-04-01T00:00:00+09:00"',
  ),
)
const timeZone = v.pipe(
  v.string(),
  v.check((zone) => {
    try {
      new Intl.DateTimeFormat('en', { timeZone: zone })
      return true
    } catch {
      return false
    }
  }, 'Expected an IANA time zone such as "Asia/Tokyo"'),
)

const identifierType = v.pipe(
  v.string(),
  v.regex(/^[a-z][a-z0-9_]{0,31}$/, 'Expected an identifier type such as "user_id" or "member_no"'),
)
const identity = v.strictObject({
  /** Values that stand for nobody, beside "null", "0" and the like. */
  blocked: v.optional(v.pipe(v.array(v.string()), v.maxLength(1000)), []),
  limits: v.optional(
    v.record(
      identifierType,
      v.strictObject({
        max: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(5)),
        /** Only those seen within it count; ever unless given. */
        per: v.optional(duration),
        whenFull: v.optional(v.picklist(['leave-out', 'make-room'])),
      }),
    ),
    {},
  ),
  /** Strongest first; anonymous_id always comes last. */
  priority: v.optional(v.pipe(v.array(identifierType), v.maxLength(20))),
})

const schedule = v.strictObject({ from: v.optional(instant), until: v.optional(instant) })

/** At most `max` per person within a rolling window, or ever. */
const cap = v.strictObject({
  of: v.optional(v.picklist(['impression', 'click']), 'impression'),
  max: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(100)),
  per: v.union([v.literal('lifetime'), duration]),
})

const origin = v.pipe(
  v.string(),
  v.regex(/^https?:\/\/[^/]+$/, 'Expected an origin such as "https://shop.example"'),
)

/** How a source's host-signed identify tokens are verified. Public keys only. */
const tokens = v.strictObject({
  audience: title,
  issuer: v.optional(title),
  algorithm: v.picklist(['ES256', 'RS256', 'EdDSA', 'HS256']),
  /** Empty for HS256: its secret comes from the IDENTITY_SECRETS variable. */
  keys: v.optional(v.array(v.looseObject({ kty: v.string(), kid: v.optional(v.string()) })), []),
})

const source = v.strictObject({
  key,
  name: title,
  /** Public: it stands in the page. */
  writeKey: v.pipe(v.string(), v.minLength(4), v.maxLength(100)),
  /** SHA-256 (hex) of each secret key that is valid now; the keys themselves never stand here. */
  secretKeySha256: v.optional(
    v.array(v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, 'Expected 64 hex digits'))),
    [],
  ),
  /** Origins of the pages that may send with the write key. */
  origins: v.optional(v.array(origin), []),
  /** Whether an unsigned userId, e-mail or phone from a browser joins profiles. */
  identity: v.optional(v.picklist(['proven', 'open']), 'proven'),
  tokens: v.optional(tokens),
})

const segment = v.strictObject({ key, name: title, description: note, when: condition })

const COMPUTES = [
  'count',
  'sum',
  'average',
  'min',
  'max',
  'first',
  'last',
  'unique',
  'mostFrequent',
] as const

/** A computed trait: what a person's events add up to. */
const aggregate = v.pipe(
  v.strictObject({
    key,
    name: title,
    description: note,
    event: v.pipe(v.string(), v.minLength(1), v.maxLength(200)),
    where: v.optional(where),
    compute: v.picklist(COMPUTES),
    /** What is measured; a count needs none. */
    property: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(100))),
    /** The window; for ever unless given. */
    last: v.optional(duration),
  }),
  v.check(
    (a) => (a.compute === 'count') === (a.property === undefined),
    'Expected a "property" for every compute but "count", and none for "count"',
  ),
)

const FIELD_KINDS = ['text', 'image', 'link', 'html'] as const
const placement = v.strictObject({
  key,
  name: title,
  description: note,
  /** What its content consists of. */
  fields: v.record(key, v.picklist(FIELD_KINDS)),
  /** The action served when no policy yields one; without it the page's own content stays. */
  fallback: v.optional(key),
})

const fieldTexts = v.record(key, v.pipe(v.string(), v.maxLength(20_000)))
const action = v.strictObject({
  key,
  name: title,
  description: note,
  tags: v.optional(v.array(key), []),
  content: fieldTexts,
  /** Fields that differ by language, chosen by `context.locale`: { "ja": { … } }. */
  translations: v.optional(v.record(v.pipe(v.string(), v.regex(/^[a-z]{2,3}$/)), fieldTexts), {}),
  schedule: v.optional(schedule),
  /** Who may get it at all. */
  when: v.optional(condition),
  caps: v.optional(v.pipe(v.array(cap), v.maxLength(4)), []),
})

const weight = v.pipe(v.number(), v.finite(), v.minValue(0))
const policy = v.pipe(
  v.strictObject({
    key,
    name: title,
    description: note,
    placement: key,
    /** The highest one whose audience matches and that has an action left decides. */
    priority: v.optional(v.pipe(v.number(), v.finite()), 0),
    audience: v.optional(condition),
    schedule: v.optional(schedule),
    caps: v.optional(v.pipe(v.array(cap), v.maxLength(4)), []),
    /** How many actions the placement lists at most. */
    limit: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(20)), 1),
    candidates: v.optional(
      v.pipe(
        v.array(
          v.strictObject({
            action: key,
            priority: v.optional(v.pipe(v.number(), v.finite()), 0),
          }),
        ),
        v.minLength(1),
        v.maxLength(1000),
      ),
    ),
    split: v.optional(
      v.strictObject({
        /** Changing it draws everybody anew; the policy's key unless given. */
        seed: v.optional(title),
        arms: v.pipe(
          v.array(
            v.strictObject({
              key,
              weight,
              /** null is the control arm: it sees the placement's fallback. */
              action: v.nullable(key),
            }),
          ),
          v.minLength(2),
          v.maxLength(20),
        ),
      }),
    ),
  }),
  v.check(
    (p) => (p.candidates === undefined) !== (p.split === undefined),
    'Expected either "candidates" or "split"',
  ),
)

const list = <S extends v.GenericSchema>(item: S, max: number) =>
  v.optional(v.pipe(v.array(item), v.maxLength(max)), [])

export const configuration = v.strictObject({
  $schema: v.optional(v.string()),
  workspace: v.strictObject({
    name: title,
    /** Days, weeks and months are this zone's. */
    timeZone: v.optional(timeZone, 'UTC'),
    /** Where a phone number without a country code is from (ISO 3166-1 alpha-2). */
    phoneRegion: v.optional(v.pipe(v.string(), v.regex(/^[A-Z]{2}$/)), 'US'),
  }),
  identity: v.optional(identity, {}),
  sources: v.pipe(v.array(source), v.minLength(1), v.maxLength(100)),
  aggregates: list(aggregate, 1000),
  segments: list(segment, 10_000),
  placements: list(placement, 1000),
  actions: list(action, 10_000),
  policies: list(policy, 10_000),
})

export type Configuration = v.InferOutput<typeof configuration>
export type SourceConfig = Configuration['sources'][number]
export type AggregateConfig = Configuration['aggregates'][number]
export type PlacementConfig = Configuration['placements'][number]
export type ActionConfig = Configuration['actions'][number]
export type PolicyConfig = Configuration['policies'][number]
export type CapConfig = ActionConfig['caps'][number]

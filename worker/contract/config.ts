/** The whole configuration as one JSON file, as it is imported, exported and kept in git. */
import * as v from 'valibot'
import { action } from './action.ts'
import { campaign, tag } from './campaign.ts'
import { condition, duration, where } from './condition.ts'
import { experiment } from './experiment.ts'
import { goal } from './goal.ts'
import { placement } from './placement.ts'
import { policy } from './policy.ts'
import { key, named, note, title } from './scalars.ts'
import { warehouse } from './warehouse.ts'
import { workspace } from './workspace.ts'
import { strict } from './strict.ts'

const identifierType = v.pipe(
  v.string(),
  v.regex(/^[a-z][a-z0-9_]{0,31}$/, 'Expected an identifier type such as "user_id" or "member_no"'),
)
const identity = strict({
  /** Values that stand for nobody, beside "null", "0" and the like. */
  blocked: v.optional(v.pipe(v.array(v.string()), v.maxLength(1000)), []),
  limits: v.optional(
    v.record(
      identifierType,
      strict({
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

const origin = v.pipe(
  v.string(),
  v.regex(/^https?:\/\/[^/]+$/, 'Expected an origin such as "https://shop.example"'),
)

/** How a source's host-signed identify tokens are verified. Public keys only. */
const tokens = strict({
  audience: title,
  issuer: v.optional(title),
  algorithm: v.picklist(['ES256', 'RS256', 'EdDSA', 'HS256']),
  /** Empty for HS256: its secret comes from the IDENTITY_SECRETS variable. */
  keys: v.optional(v.array(v.looseObject({ kty: v.string(), kid: v.optional(v.string()) })), []),
})

const source = strict({
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

const segment = strict({ key, ...named, description: note, when: condition })

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
  strict({
    key,
    ...named,
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

const list = <S extends v.GenericSchema>(item: S, max: number) =>
  v.optional(v.pipe(v.array(item), v.maxLength(max)), [])

export const configuration = strict({
  $schema: v.optional(v.string()),
  workspace,
  identity: v.optional(identity, {}),
  sources: v.pipe(v.array(source), v.minLength(1), v.maxLength(100)),
  aggregates: list(aggregate, 1000),
  segments: list(segment, 10_000),
  goals: list(goal, 20),
  campaigns: list(campaign, 1000),
  tags: list(tag, 1000),
  placements: list(placement, 1000),
  actions: list(action, 10_000),
  policies: list(policy, 10_000),
  experiments: list(experiment, 200),
  warehouse: v.optional(warehouse, {}),
})

export type Configuration = v.InferOutput<typeof configuration>
export type SourceConfig = Configuration['sources'][number]
export type AggregateConfig = Configuration['aggregates'][number]
export type PlacementConfig = Configuration['placements'][number]
export type ActionConfig = Configuration['actions'][number]
export type PolicyConfig = Configuration['policies'][number]
export type ExperimentConfig = Configuration['experiments'][number]

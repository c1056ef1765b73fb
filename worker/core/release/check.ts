/** What a schema cannot say: that references lead somewhere, and nothing runs in circles. */
import type { Configuration, PlacementConfig, SourceConfig } from '../../contract/config.ts'
import type { Fault } from '../../contract/problem.ts'
import { walk } from '../condition/reads.ts'
import { walkWhere } from '../condition/where.ts'
import { instantMs } from '../time.ts'
import { worstStateBytes } from '../aggregate/aggregate.ts'
import { AGGREGATE_BYTES, CAPS, EXPOSURE_BYTES } from '../profile/caps.ts'
import { exposureBytes } from '../profile/exposures.ts'
import { aggregateNeeds, cappedKeys } from './compile.ts'
import { conditionsOf } from './conditions.ts'
import { placementsOfActions } from './placements.ts'
import { isSafeLink } from './sanitize.ts'

const MAX_NODES = 500
const MAX_DEPTH = 20
/** Segments that refer to segments that refer to segments. */
const MAX_REFERENCES = 50

/** Every fault found; publishing needs none. */
export function checkConfiguration(config: Configuration): Fault[] {
  return [
    ...uniqueKeys(config),
    ...references(config),
    ...cycles(config),
    ...contents(config),
    ...identities(config),
    ...leaves(config),
    ...sizes(config),
    ...schedules(config),
    ...capWeight(config),
    ...aggregateWeight(config),
    ...config.sources.flatMap(tokenKeys),
  ]
}

const LISTS = ['sources', 'aggregates', 'segments', 'placements', 'actions', 'policies'] as const

function* uniqueKeys(config: Configuration): Generator<Fault> {
  for (const list of LISTS) {
    const seen = new Set<string>()
    for (const [i, { key }] of config[list].entries()) {
      if (seen.has(key)) yield { path: `${list}[${i}].key`, wrong: `"${key}" is used twice` }
      seen.add(key)
    }
  }
  const writeKeys = new Set<string>()
  for (const [i, { writeKey }] of config.sources.entries()) {
    if (writeKeys.has(writeKey)) {
      yield { path: `sources[${i}].writeKey`, wrong: `"${writeKey}" is used twice` }
    }
    writeKeys.add(writeKey)
  }
  const hashes = new Set<string>()
  for (const [i, source] of config.sources.entries()) {
    for (const [j, hash] of source.secretKeySha256.entries()) {
      if (hashes.has(hash)) {
        yield {
          path: `sources[${i}].secretKeySha256[${j}]`,
          wrong: 'the same secret key is used twice',
        }
      }
      hashes.add(hash)
    }
  }
}

const unknown = (path: string, what: string, key: string, known: ReadonlySet<string>): Fault => ({
  path,
  wrong: `no ${what} has the key "${key}"`,
  allowed: known.size === 0 ? `no ${what} is defined` : [...known].slice(0, 20).join(', '),
})

function* references(config: Configuration): Generator<Fault> {
  const segments = new Set(config.segments.map((s) => s.key))
  const aggregates = new Set(config.aggregates.map((a) => a.key))
  const placements = new Set(config.placements.map((p) => p.key))
  const actions = new Set(config.actions.map((a) => a.key))
  for (const { path, condition } of conditionsOf(config)) {
    for (const leaf of walk(condition)) {
      if ('aggregate' in leaf && !aggregates.has(leaf.aggregate)) {
        yield unknown(path, 'aggregate', leaf.aggregate, aggregates)
      }
      if ('segment' in leaf && !segments.has(leaf.segment)) {
        yield unknown(path, 'segment', leaf.segment, segments)
      }
    }
  }
  for (const [i, { fallback }] of config.placements.entries()) {
    if (fallback !== undefined && !actions.has(fallback)) {
      yield unknown(`placements[${i}].fallback`, 'action', fallback, actions)
    }
  }
  for (const [i, policy] of config.policies.entries()) {
    if (!placements.has(policy.placement)) {
      yield unknown(`policies[${i}].placement`, 'placement', policy.placement, placements)
    }
    for (const [j, { action }] of (policy.candidates ?? []).entries()) {
      if (!actions.has(action)) {
        yield unknown(`policies[${i}].candidates[${j}].action`, 'action', action, actions)
      }
    }
    const arms = policy.split?.arms ?? []
    for (const [j, { action }] of arms.entries()) {
      if (action !== null && !actions.has(action)) {
        yield unknown(`policies[${i}].split.arms[${j}].action`, 'action', action, actions)
      }
    }
    if (arms.length > 0 && arms.every((arm) => arm.weight === 0)) {
      yield {
        path: `policies[${i}].split.arms`,
        wrong: 'all weights are 0',
        allowed: 'one above 0',
      }
    }
    if (new Set(arms.map((arm) => arm.key)).size < arms.length) {
      yield { path: `policies[${i}].split.arms`, wrong: 'two arms have the same key' }
    }
  }
}

function* cycles(config: Configuration): Generator<Fault> {
  const refers = new Map(
    config.segments.map((segment) => [
      segment.key,
      [...walk(segment.when)].flatMap((leaf) => ('segment' in leaf ? [leaf.segment] : [])),
    ]),
  )
  const done = new Set<string>()
  const findCycle = (key: string, trail: readonly string[]): readonly string[] | null => {
    if (trail.length > MAX_REFERENCES) return [...trail, key]
    if (trail.includes(key)) return [...trail.slice(trail.indexOf(key)), key]
    if (done.has(key)) return null
    for (const next of refers.get(key) ?? []) {
      const cycle = findCycle(next, [...trail, key])
      if (cycle !== null) return cycle
    }
    done.add(key)
    return null
  }
  for (const [i, { key }] of config.segments.entries()) {
    const cycle = findCycle(key, [])
    if (cycle !== null) {
      yield {
        path: `segments[${i}].when`,
        wrong:
          cycle.length > MAX_REFERENCES
            ? `it reaches through more than ${MAX_REFERENCES} segments`
            : `it refers to itself: ${cycle.join(' → ')}`,
      }
      return
    }
  }
}

/** An action's content must fit every placement that can show it. */
function* contents(config: Configuration): Generator<Fault> {
  const shown = placementsOfActions(config)
  for (const [i, action] of config.actions.entries()) {
    const texts = [
      [`actions[${i}].content`, action.content] as const,
      ...Object.entries(action.translations).map(
        ([language, content]) => [`actions[${i}].translations.${language}`, content] as const,
      ),
    ]
    const kinds = new Map<string, string>()
    for (const placement of shown.get(action.key) ?? []) {
      for (const [field, kind] of Object.entries(placement.fields)) {
        const other = kinds.get(field)
        if (other !== undefined && other !== kind && Object.hasOwn(action.content, field)) {
          yield {
            path: `actions[${i}].content.${field}`,
            wrong: `its placements disagree: it is ${other} in one and ${kind} in another`,
          }
        }
        kinds.set(field, kind)
      }
      for (const [path, content] of texts) yield* contentFaults(path, content, placement)
    }
  }
}

function* contentFaults(
  path: string,
  content: Readonly<Record<string, string>>,
  { key, fields }: PlacementConfig,
): Generator<Fault> {
  for (const [field, text] of Object.entries(content)) {
    const kind = Object.hasOwn(fields, field) ? fields[field] : undefined
    if (kind === undefined) {
      yield {
        path: `${path}.${field}`,
        wrong: `placement "${key}" has no such field`,
        allowed: Object.keys(fields).join(', '),
      }
    } else if ((kind === 'link' || kind === 'image') && !isSafeLink(text)) {
      yield {
        path: `${path}.${field}`,
        wrong: `"${text.slice(0, 60)}" is no safe ${kind}`,
        allowed: 'http(s) addresses, or paths on the site',
      }
    }
  }
}

/** Settings that would join people who are none. */
function* identities({ identity }: Configuration): Generator<Fault> {
  if (identity.limits['user_id']?.whenFull === 'make-room') {
    yield {
      path: 'identity.limits.user_id.whenFull',
      wrong: 'whoever logs in next on a shared device would become the same person',
      allowed: 'leave-out',
    }
  }
  if (identity.priority?.includes('anonymous_id') === true) {
    yield {
      path: 'identity.priority',
      wrong: 'anonymous_id always comes last',
      allowed: 'the other types, strongest first',
    }
  }
}

/** What the schema lets pass and no event could ever fulfil. */
function* leaves(config: Configuration): Generator<Fault> {
  for (const { path, condition } of conditionsOf(config)) {
    for (const leaf of walk(condition)) {
      if ('event' in leaf) {
        const wanted = [leaf.count?.eq, leaf.count?.gt, leaf.count?.gte]
        if (wanted.some((n) => n !== undefined && n > CAPS.recent)) {
          yield {
            path,
            wrong: `a count above ${CAPS.recent}, which is as many events as are remembered`,
            allowed: 'an aggregate, which counts without end',
          }
        }
        if (leaf.where !== undefined) {
          for (const part of walkWhere(leaf.where)) yield* moments(path, part)
        }
      }
      yield* moments(path, leaf)
    }
  }
  for (const [i, { where }] of config.aggregates.entries()) {
    if (where === undefined) continue
    for (const part of walkWhere(where)) yield* moments(`aggregates[${i}].where`, part)
  }
}

const RELATIVE = /^[+-]/

function* moments(path: string, leaf: object): Generator<Fault> {
  for (const name of ['before', 'after'] as const) {
    const text = (leaf as { readonly [key: string]: unknown })[name]
    if (typeof text === 'string' && !RELATIVE.test(text) && instantMs(text) === null) {
      yield { path: `${path}.${name}`, wrong: `"${text}" is no date`, allowed: 'ISO 8601' }
    }
  }
}

function* sizes(config: Configuration): Generator<Fault> {
  for (const { path, condition } of conditionsOf(config)) {
    const nodes = [...walk(condition)].reduce(
      (n, leaf) =>
        n +
        ('event' in leaf && leaf.where !== undefined ? 1 + [...walkWhere(leaf.where)].length : 1),
      0,
    )
    if (nodes > MAX_NODES) {
      yield { path, wrong: `${nodes} parts`, allowed: `at most ${MAX_NODES}` }
    }
    if (depthExceeds(condition, MAX_DEPTH)) {
      yield { path, wrong: 'nested too deep', allowed: `at most ${MAX_DEPTH} levels` }
    }
  }
}

function depthExceeds(condition: unknown, levels: number): boolean {
  if (typeof condition !== 'object' || condition === null) return false
  if (levels === 0) return true
  const { all, any, not, where } = condition as {
    readonly all?: unknown[]
    readonly any?: unknown[]
    readonly not?: unknown
    readonly where?: unknown
  }
  return [...(all ?? []), ...(any ?? []), not, where].some((part) => depthExceeds(part, levels - 1))
}

function* schedules(config: Configuration): Generator<Fault> {
  for (const list of ['actions', 'policies'] as const) {
    for (const [i, { schedule }] of config[list].entries()) {
      for (const name of ['from', 'until'] as const) {
        const text = schedule?.[name]
        if (text !== undefined && instantMs(text) === null) {
          yield { path: `${list}[${i}].schedule.${name}`, wrong: `"${text}" is no date` }
        }
      }
      if (schedule?.from === undefined || schedule.until === undefined) continue
      if (Date.parse(schedule.from) >= Date.parse(schedule.until)) {
        yield {
          path: `${list}[${i}].schedule`,
          wrong: '"until" is not after "from"',
          allowed: 'an end after the beginning',
        }
      }
    }
  }
}

/** Counters for caps live in every profile, so what they may weigh is bounded. */
function* capWeight(config: Configuration): Generator<Fault> {
  let bytes = 0
  for (const [key, need] of cappedKeys(config)) bytes += exposureBytes(key, need)
  if (bytes > EXPOSURE_BYTES) {
    yield {
      path: 'actions',
      wrong: `the caps of all actions and policies need ${bytes} bytes in a profile`,
      allowed: `${EXPOSURE_BYTES}: cap the policy instead of each action, or allow fewer at a time`,
    }
  }
}

/** So do computed traits. */
function* aggregateWeight(config: Configuration): Generator<Fault> {
  const bytes = aggregateNeeds(config).reduce((sum, need) => sum + worstStateBytes(need), 0)
  if (bytes > AGGREGATE_BYTES) {
    yield {
      path: 'aggregates',
      wrong: `at their largest they need ${bytes} bytes in a profile`,
      allowed: `${AGGREGATE_BYTES}: fewer, or shorter windows`,
    }
  }
}

function tokenKeys(source: SourceConfig, i: number): Fault[] {
  const { tokens } = source
  if (tokens === undefined || tokens.algorithm === 'HS256') return []
  const path = `sources[${i}].tokens.keys`
  if (tokens.keys.length === 0)
    return [{ path, wrong: 'no key', allowed: 'one public JWK or more' }]
  return tokens.keys.some((key) => 'd' in key || 'k' in key)
    ? [{ path, wrong: 'it holds a private key', allowed: 'public JWKs only' }]
    : []
}

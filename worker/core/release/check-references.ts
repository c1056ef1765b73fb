/** That every key is used once, every reference leads somewhere, and nothing runs in circles. */
import type { Configuration } from '../../contract/config.ts'
import type { Fault } from '../../contract/problem.ts'
import { knownNames } from '../nearest.ts'
import { leavesOf } from '../condition/tree.ts'
import { conditionsOf } from './conditions.ts'

/** Segments that refer to segments that refer to segments. */
const MAX_REFERENCES = 50

const LISTS = [
  'sources',
  'aggregates',
  'segments',
  'campaigns',
  'tags',
  'placements',
  'actions',
  'policies',
  'experiments',
  'goals',
] as const

export function* uniqueKeys(config: Configuration): Generator<Fault> {
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

export const unknown = (
  path: string,
  what: string,
  key: string,
  known: ReadonlySet<string>,
): Fault => ({
  path,
  wrong: `no ${what} has the key "${key}"`,
  allowed: known.size === 0 ? `no ${what} is defined` : knownNames(key, known),
})

export function* references(config: Configuration): Generator<Fault> {
  const segments = new Set(config.segments.map((s) => s.key))
  const aggregates = new Set(config.aggregates.map((a) => a.key))
  const placements = new Set(config.placements.map((p) => p.key))
  const actions = new Set(config.actions.map((a) => a.key))
  for (const { path, condition } of conditionsOf(config)) {
    for (const leaf of leavesOf(condition)) {
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

export function* cycles(config: Configuration): Generator<Fault> {
  const refers = new Map(
    config.segments.map((segment) => [
      segment.key,
      [...leavesOf(segment.when)].flatMap((leaf) => ('segment' in leaf ? [leaf.segment] : [])),
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

/** That conditions are of a size, and can come true. */
import type { Configuration } from '../../contract/config.ts'
import type { Fault } from '../../contract/problem.ts'
import { walk } from '../condition/reads.ts'
import { walkWhere } from '../condition/where.ts'
import { CAPS } from '../profile/caps.ts'
import { instantMs } from '../time.ts'
import { conditionsOf } from './conditions.ts'

const MAX_NODES = 500
const MAX_DEPTH = 20

/** What the schema lets pass and no event could ever fulfil. */
export function* leaves(config: Configuration): Generator<Fault> {
  for (const { path, condition } of conditionsOf(config)) {
    for (const leaf of walk(condition)) {
      if ('event' in leaf) {
        const { eq, gt, gte } = leaf.count ?? {}
        const wanted = [eq, gt === undefined ? undefined : gt + 1, gte]
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

export function* sizes(config: Configuration): Generator<Fault> {
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

/** What a schema cannot say of a configuration. */
import type { Configuration, SourceConfig } from '../../contract/config.ts'
import type { Fault } from '../../contract/problem.ts'
import { instantMs } from '../time.ts'
import { leaves, sizes } from './check-conditions.ts'
import { contents } from './check-contents.ts'
import { flags } from './check-flags.ts'
import { learningWeight } from './check-learning.ts'
import { cycles, references, uniqueKeys } from './check-references.ts'
import { decisions } from './check-decisions.ts'
import { sinks } from './check-warehouse.ts'
import { aggregateWeight, exposureWeight, packedIds } from './check-weight.ts'

/** Every fault found; publishing needs none. */
export function checkConfiguration(config: Configuration): Fault[] {
  return [
    ...uniqueKeys(config),
    ...references(config),
    ...cycles(config),
    ...contents(config),
    ...flags(config),
    ...identities(config),
    ...leaves(config),
    ...sizes(config),
    ...schedules(config),
    ...decisions(config),
    ...exposureWeight(config),
    ...packedIds(config),
    ...aggregateWeight(config),
    ...sinks(config),
    ...learningWeight(config),
    ...config.sources.flatMap(tokenKeys),
  ]
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

function* schedules(config: Configuration): Generator<Fault> {
  for (const list of ['actions', 'policies', 'campaigns', 'experiments'] as const) {
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

/** What a schema cannot say of a configuration. */
import type { Configuration, SourceConfig } from '../../contract/config.ts'
import type { Fault, Warning } from '../../contract/problem.ts'
import type { CheckedRegexEngine, RegexEngine } from '../condition/scope.ts'
import type { FormulaEngine } from '../decision/formula-port.ts'
import { instantMs } from '../time.ts'
import { leaves, reachableCounts } from './check-conditions.ts'
import { contents } from './check-contents.ts'
import { flags } from './check-flags.ts'
import { learners, learningWeight } from './check-learning.ts'
import { lots } from './check-lots.ts'
import { cycles, references, uniqueKeys } from './check-references.ts'
import { decisions } from './check-decisions.ts'
import { formulas } from './check-ranking.ts'
import { sinks } from './check-warehouse.ts'
import { aggregateWeight, exposureWeight, packedIds } from './check-weight.ts'
import { planNeeds } from './plan-needs.ts'
import { settingOf } from './setting.ts'

/** Nobody reads more at once, and each that names what was meant looks through all names. */
export const MOST_FAULTS = 100

/**
 * The faults found, so many of a kind at least; publishing needs none.
 * @param regex needed where a condition has a pattern; see flow/regex.ts
 * @param engine needed where a policy has a formula; see flow/formulas.ts
 */
export function checkConfiguration(
  config: Configuration,
  regex: CheckedRegexEngine | null = null,
  engine: FormulaEngine | null = null,
): Fault[] {
  const found = [
    ...uniqueKeys(config),
    ...references(config).take(MOST_FAULTS),
    ...cycles(config),
    ...contents(config),
    ...flags(config),
    ...identities(config),
    ...leaves(config, (pattern) => patternFault(regex, pattern)),
    ...schedules(config),
    ...decisions(config).take(MOST_FAULTS),
    ...formulas(config, engine).take(MOST_FAULTS),
    ...exposureWeight(config),
    ...packedIds(config),
    ...aggregateWeight(config),
    ...sinks(config),
    ...learningWeight(config),
    ...learners(config).take(MOST_FAULTS),
    ...lots(config),
    ...config.sources.flatMap(tokenKeys),
  ]
  // Planning takes a configuration for right.
  return found.length > 0 ? found : [...reachableCounts(config, settingOf(config.workspace, regex))]
}

function patternFault(regex: CheckedRegexEngine | null, pattern: string): string | null {
  if (regex === null) throw new Error('a configuration with patterns is checked with the engine')
  return regex.fault(pattern)
}

/** Leaves that are less exact than somebody might think; for a configuration without faults. */
export const warningsOf = (config: Configuration, regex: RegexEngine | null): readonly Warning[] =>
  planNeeds(config, settingOf(config.workspace, regex)).inexact

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

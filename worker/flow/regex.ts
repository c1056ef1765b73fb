/** The engine for patterns, where a configuration has any: others do not wait for it to load. */
import type { Configuration } from '../contract/config.ts'
import type { CheckedRegexEngine } from '../core/condition/scope.ts'
import { hasPatterns } from '../core/release/patterns.ts'

export const regexFor = async (config: Configuration): Promise<CheckedRegexEngine | null> =>
  hasPatterns(config) ? (await import('../core/condition/regex.ts')).regexEngine : null

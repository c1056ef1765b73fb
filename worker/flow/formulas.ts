/** What computes formulas, where a configuration has any: others do not wait for it to load. */
import type { Configuration } from '../contract/config.ts'
import type { FormulaEngine } from '../core/decision/formula-port.ts'
import { hasFormulas } from '../core/release/check-ranking.ts'

export const formulasFor = async (config: Configuration): Promise<FormulaEngine | null> =>
  hasFormulas(config) ? (await import('../core/decision/formula.ts')).formulaEngine : null

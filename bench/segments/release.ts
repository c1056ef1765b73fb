/** Conditions as the segments of a release that passed publish's checks. */
import * as v from 'valibot'
import type { Condition } from '../../worker/contract/condition.ts'
import { configuration, type Configuration } from '../../worker/contract/config.ts'
import { checkConfiguration } from '../../worker/core/release/check.ts'
import { compileRelease } from '../../worker/core/release/compile.ts'
import type { Release } from '../../worker/core/release/release.ts'

export function configurationOf(conditions: readonly Condition[]): Configuration {
  const config = v.parse(configuration, {
    workspace: { name: 'Bench', timeZone: 'Asia/Tokyo', phoneRegion: 'JP' },
    sources: [{ key: 'site', name: 'Site', writeKey: 'wk_bench', origins: [] }],
    segments: conditions.map((when, i) => ({ key: `s-${i}`, name: `Segment ${i}`, when })),
  })
  const faults = checkConfiguration(config)
  if (faults.length > 0) throw new Error(JSON.stringify(faults.slice(0, 5)))
  return config
}

export const releaseOf = (conditions: readonly Condition[]): Release =>
  compileRelease(configurationOf(conditions), { number: 1, epoch: 1, stopped: false })

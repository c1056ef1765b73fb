/** Caps as decisions ask them, and what profiles must count for their sake. */
import type { CapConfig, Configuration } from '../../contract/config.ts'
import type { CompiledCap } from '../decision/plan.ts'
import { exposureKey, type CapNeed } from '../profile/exposures.ts'
import { durationMs } from '../time.ts'

const windowOf = (per: string): number => (per === 'lifetime' ? Infinity : durationMs(per))

export function compileCaps(
  caps: readonly CapConfig[],
  of: 'action' | 'policy',
  key: string,
): CompiledCap[] {
  return caps.map((cap) => ({
    of: cap.of,
    counter: exposureKey(cap.of, of, key),
    max: cap.max,
    windowMs: windowOf(cap.per),
  }))
}

/** Which exposures profiles count, and how long a window of each some cap needs. */
export function cappedKeys(config: Configuration): Map<string, CapNeed> {
  const needs = new Map<string, CapNeed>()
  const caps = [
    ...config.actions.flatMap((action) => compileCaps(action.caps, 'action', action.key)),
    ...config.policies.flatMap((policy) => compileCaps(policy.caps, 'policy', policy.key)),
  ]
  for (const { counter, windowMs, max } of caps) {
    const standing = needs.get(counter) ?? { windowMs: 0, buckets: 0 }
    // The lifetime total is kept beside the buckets: only finite windows need them.
    needs.set(
      counter,
      windowMs === Infinity
        ? standing
        : {
            windowMs: Math.max(standing.windowMs, windowMs),
            buckets: Math.max(standing.buckets, max),
          },
    )
  }
  return needs
}

/** A profile as it was written down, by this version or an earlier one. */
import { MINUTE_MS, packCounters } from './exposures.ts'
import { packedId } from './packed.ts'
import type { Profile } from './profile.ts'

/** The form before counters were packed: name → [ever, quarter hour, n, quarter hour, n, …]. */
interface Schema1 extends Omit<Profile, 'schema' | 'exposures' | 'arms' | 'reserved'> {
  readonly schema: 1
  readonly exposures: { readonly [name: string]: readonly number[] }
}

const QUARTER_MS = 15 * MINUTE_MS

export function storedProfile(document: unknown): Profile {
  const profile = document as Profile | Schema1
  return profile.schema === 1 ? upgraded(profile) : profile
}

/** An exposure of a quarter hour counts as one of its last minute: a cap errs on the side of silence. */
function upgraded(profile: Schema1): Profile {
  const counters = Object.entries(profile.exposures).map(([name, [ever = 0, ...buckets]]) => {
    const timesMs: number[] = []
    for (let i = 0; i < buckets.length; i += 2) {
      const [quarter, n] = [buckets[i] as number, buckets[i + 1] as number]
      for (let k = 0; k < n; k++) timesMs.push((quarter + 1) * QUARTER_MS - MINUTE_MS)
    }
    return [packedId(name), ever, timesMs] as const
  })
  return { ...profile, schema: 2, exposures: packCounters(counters), arms: '', reserved: '' }
}

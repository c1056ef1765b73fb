/** A profile as it is written down, by this version or an earlier one. */
import { jsonText } from '../json-text.ts'
import { MINUTE_MS, packCounters } from './exposures.ts'
import { packedId } from './packed.ts'
import { packRecent, unpackRecent, type PackedRecent } from './packed-recent.ts'
import type { Profile } from './profile.ts'

/** Since the third schema recent events are packed where they can be. */
interface Stored extends Omit<Profile, 'schema' | 'recent'> {
  readonly schema: 2 | 3
  readonly recent: PackedRecent | Profile['recent']
}

/** The form before counters were packed: name → [ever, quarter hour, n, quarter hour, n, …]. */
interface Schema1 extends Omit<Profile, 'schema' | 'exposures' | 'arms' | 'reserved'> {
  readonly schema: 1
  readonly exposures: { readonly [name: string]: readonly number[] }
}

const QUARTER_MS = 15 * MINUTE_MS

/** The last form that is known here. */
const SCHEMA = 3 satisfies Profile['schema']

/** Whether a code that came later wrote it, in a form that is not known here. */
export const isOfLaterCode = (document: unknown): boolean =>
  (document as { readonly schema: number }).schema > SCHEMA

/** @param document of this form or an earlier one */
export function storedProfile(document: unknown): Profile {
  const stored = document as Stored | Schema1
  if (stored.schema === 1) return upgraded(stored)
  const recent = unpackRecent(stored.recent)
  if (stored.schema === 3 && recent === stored.recent) return stored as Profile
  return { ...stored, schema: 3, recent }
}

/** The document as JSON; made once of each profile. */
export const profileText = (profile: Profile): string => jsonText(profile, written)

const written = (profile: Profile): Stored => ({ ...profile, recent: packRecent(profile.recent) })

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
  return { ...profile, schema: 3, exposures: packCounters(counters), arms: '', reserved: '' }
}

/** Documents and index on Redis as they are, for replay to compare with. */
import { identifierKey } from '../../core/identity/identifier.ts'
import type { LoadedProfile } from '../../core/ingest/delivery.ts'
import type { RawProfiles } from '../../flow/replay-ports.ts'
import type { Meter } from '../meter.ts'
import { malformed, type RedisClient } from './client.ts'
import { profileFrom, type RedisKeys } from './keys.ts'
import { READ } from './scripts.ts'

export const redisRawProfiles = (
  redis: RedisClient,
  keys: RedisKeys,
  meter: Meter,
): RawProfiles => ({
  async read(ids, identifiers) {
    const names = [
      ...ids.map((id) => keys.profile(id)),
      ...identifiers.map((identifier) => keys.identifier(identifier)),
    ]
    if (names.length === 0) return { profiles: new Map(), owners: new Map() }
    // By a script: a replica that lags behind must not be what is repaired.
    const reply = await redis.script(meter, READ, names, [])
    if (!Array.isArray(reply) || reply.length !== names.length) {
      throw malformed(`${names.length} values`)
    }
    const texts = reply as (string | null)[]
    const people = texts.slice(0, ids.length).flatMap((text) => (text === null ? [] : [text]))
    const owners = identifiers.flatMap((identifier, i) => {
      const owner = texts[ids.length + i] ?? null
      return owner === null ? [] : [[identifierKey(identifier), owner] as const]
    })
    return {
      profiles: new Map(people.map(parsed).map((person) => [person.profile.id, person])),
      owners: new Map(owners),
    }
  },
})

function parsed(text: string): LoadedProfile {
  try {
    return profileFrom(text)
  } catch {
    throw malformed('a whole profile')
  }
}

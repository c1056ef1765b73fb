/** Everybody on Redis, by SCAN: no lock, no index, in the order of Redis' own table. */
import type { ProfilePage } from '../../flow/ports.ts'
import type { Meter } from '../meter.ts'
import { malformed, type RedisClient } from './client.ts'
import type { RedisKeys } from './keys.ts'

/** Asked for in one MGET: answers have limits, too. */
const ANSWER_BYTES = 1_048_576
/** Keys that Redis looks at for each profile wanted: identifiers and profiles lie side by side. */
const KEYS_A_PROFILE = 2

/** @param read the profiles of these keys, in one trip; a key that is gone is left out */
export async function scanProfiles(
  redis: RedisClient,
  meter: Meter,
  keys: RedisKeys,
  read: (names: readonly string[]) => Promise<ProfilePage['profiles']>,
  after: string | null,
  limit: number,
): Promise<ProfilePage> {
  const count = limit * KEYS_A_PROFILE
  const reply = await redis.command(
    meter,
    ...(['SCAN', after ?? '0', 'MATCH', keys.everyProfile, 'COUNT', count] as const),
  )
  const [cursor, found] = pageIn(reply)
  const next = cursor === '0' ? null : cursor
  // One page may name a key twice.
  const names = [...new Set(found)]
  if (names.length === 0) return { profiles: [], next }
  const profiles = []
  for (const group of await inGroups(redis, meter, names)) profiles.push(...(await read(group)))
  return { profiles, next }
}

/** So many names at a time that their values fit an answer. */
async function inGroups(
  redis: RedisClient,
  meter: Meter,
  names: readonly string[],
): Promise<string[][]> {
  const lengths = await redis.pipeline(
    meter,
    names.map((name) => ['STRLEN', name] as const),
  )
  const groups: string[][] = []
  let room = 0
  for (const [i, name] of names.entries()) {
    const bytes = lengths[i]
    if (typeof bytes !== 'number') throw malformed('the length of a profile')
    if (bytes > room || groups.length === 0) {
      groups.push([])
      room = ANSWER_BYTES
    }
    groups.at(-1)?.push(name)
    room -= bytes
  }
  return groups
}

function pageIn(reply: unknown): readonly [cursor: string, names: readonly string[]] {
  const [cursor, names]: unknown[] = Array.isArray(reply) ? reply : []
  const valid =
    /^\d+$/.test(String(cursor)) &&
    Array.isArray(names) &&
    names.every((name) => typeof name === 'string')
  if (!valid) throw malformed('a page of keys')
  return [String(cursor), names]
}

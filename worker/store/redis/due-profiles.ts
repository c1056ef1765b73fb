/** Who is due on Redis: sorted sets that commits keep beside the profiles. */
import type { DueProfiles } from '../../flow/ports.ts'
import type { Meter } from '../meter.ts'
import { malformed, type RedisClient } from './client.ts'
import type { RedisKeys } from './keys.ts'
import { DUE, DUE_BACKLOG } from './scripts.ts'

/** Profiles of 64 KiB that fit an answer. */
const PROFILES_A_TRIP = 15

type Read = (ids: readonly string[]) => ReturnType<DueProfiles['due']>

/** @param read the profiles of these ids, in one trip; who is gone is left out */
export function redisDueProfiles(
  redis: RedisClient,
  meter: Meter,
  keys: RedisKeys,
  read: Read,
): DueProfiles {
  /** Listed, and not there: nobody would ever take them off the list. */
  const forget = async (ids: readonly string[]): Promise<void> => {
    for (const id of ids) await redis.command(meter, 'ZREM', keys.due(id), id)
  }
  return {
    async due(nowMs, limit) {
      const ids = await redis.script(meter, DUE, keys.everyDue, [nowMs, limit])
      if (!isTexts(ids)) throw malformed('who is due')
      const loaded = []
      for (let i = 0; i < ids.length; i += PROFILES_A_TRIP) {
        loaded.push(...(await read(ids.slice(i, i + PROFILES_A_TRIP))))
      }
      const found = new Set(loaded.map(({ profile }) => profile.id))
      await forget(ids.filter((id) => !found.has(id)))
      return loaded
    },

    async dueBacklog(nowMs) {
      const reply = await redis.script(meter, DUE_BACKLOG, keys.everyDue, [nowMs])
      const [profiles, oldest]: unknown[] = Array.isArray(reply) ? reply : []
      if (typeof profiles !== 'number' || typeof oldest !== 'string') {
        throw malformed('how many are due')
      }
      return { profiles, oldestMs: oldest === '' ? null : Number(oldest) }
    },
  }
}

const isTexts = (reply: unknown): reply is readonly string[] =>
  Array.isArray(reply) && reply.every((value) => typeof value === 'string')

/** People on Redis, past the worker. */
import type { Profile } from '../../worker/core/profile/profile.ts'
import { profileTail, redisKeys } from '../../worker/store/redis/keys.ts'
import type { TestRedis } from '../support/workerd/redis.ts'
import type { Spoil } from './replay-site.ts'

export function redisSpoil(redis: TestRedis): Spoil {
  const keys = redisKeys('tsugi:')

  const put = async (id: string, profile: Profile, version: string): Promise<void> => {
    const text = `${version}|spoiled|${profileTail({ profile, mergedInto: null })}`
    await redis.command('SET', keys.profile(id), text)
  }

  return {
    variables: redis.variables,
    // Not the streams.
    empty: async () => {
      for (const pattern of ['tsugi:p:*', 'tsugi:i:*']) {
        const names = (await redis.command('KEYS', pattern)) as string[]
        if (names.length > 0) await redis.command('DEL', ...names)
      }
    },
    emptyOutbox: async () => {
      const names = (await redis.command('KEYS', 'tsugi:[on]:*')) as string[]
      if (names.length > 0) await redis.command('DEL', ...names)
    },
    dropProfile: async (id) => void (await redis.command('DEL', keys.profile(id))),
    putProfile: async (id, profile) => {
      const text = String(await redis.command('GET', keys.profile(id)))
      await put(id, profile, text.split('|')[0] as string)
    },
    addProfile: (id, profile) => put(id, profile, '1'),
    setOwner: async (type, value, owner) => {
      const key = keys.identifier({ type, value })
      await (owner === null ? redis.command('DEL', key) : redis.command('SET', key, owner))
    },
  }
}

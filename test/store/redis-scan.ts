/** Pages over everybody in Redis. */
import { describe, expect, it } from 'vitest'
import { emptyProfile } from '../../worker/core/profile/profile.ts'
import { redisClient } from '../../worker/store/redis/client.ts'
import { profileTail, redisKeys } from '../../worker/store/redis/keys.ts'
import { redisProfileStore } from '../../worker/store/redis/profile-store.ts'
import { openRedis } from '../support/workerd/redis.ts'
import { idOf, keys, storeOn } from './redis-people.ts'

export function scanOnRedis(): void {
  describe('a scan of profiles on Redis', () => {
    it('costs three trips a page, and a trip more for each megabyte', async () => {
      const redis = await openRedis()
      const { store, meter } = storeOn(redis)
      const text = 'x'.repeat(60_000)
      for (let n = 0; n < 30; n++) {
        const profile = { ...emptyProfile(`heavy-${n}`, 's'), splitKey: text }
        const set = `1|c|${profileTail({ profile, mergedInto: null })}`
        await redis.command('SET', keys.profile(profile.id), set)
      }
      const { profiles, next } = await store.scan(null, 500)
      expect(profiles).toHaveLength(30)
      expect(next).toBeNull()
      // 17 of 61 KB fit a megabyte.
      expect(meter.trips).toBe(2 + 2)
      await redis.remove()
    })

    it('takes a prefix as it is, not as a pattern, and no neighbour for its own', async () => {
      const redis = await openRedis({ prefix: 'a*[b]?\\:' })
      const client = redisClient(redis.settings)
      const own = redisKeys(redis.settings.prefix)
      const store = redisProfileStore(client, own, idOf, { trips: 0 })
      const text = (id: string): string =>
        `1|c|${profileTail({ profile: emptyProfile(id, 's'), mergedInto: null })}`
      await redis.command('SET', own.profile('ours'), text('ours'))
      await redis.command('SET', redisKeys('aXXbX\\:').profile('theirs'), text('theirs'))
      await redis.command('SET', 'axb:p:theirs', text('theirs'))
      const { profiles } = await store.scan(null, 100)
      expect(profiles.map(({ profile }) => profile.id)).toEqual(['ours'])
      await redis.remove()
    })

    it('tells what is no page of keys', async () => {
      const redis = await openRedis()
      const { store } = storeOn(redis)
      await redis.command('SET', keys.profile('broken'), 'no profile')
      await expect(store.scan(null, 100)).rejects.toThrow('a whole profile expected')
      await expect(store.scan('no cursor', 100)).rejects.toThrow('invalid cursor')
      await redis.remove()
    })
  })
}

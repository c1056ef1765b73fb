/** What is set up wrong is told at the first request, by the name of the variable. */
import { expect, it } from 'vitest'
import { redisOf } from '../../worker/store/redis/from-env.ts'

const KEY = 'a signing key of the tests, 32 bytes'
const SOUND = {
  TSUGI_STORE: 'redis',
  UPSTASH_REDIS_REST_URL: 'https://eu1.upstash.io',
  UPSTASH_REDIS_REST_TOKEN: 'a token',
}

it.each([
  [{ TSUGI_STORE: 'postgres' }, 'TSUGI_STORE'],
  [{ UPSTASH_REDIS_REST_URL: '' }, 'UPSTASH_REDIS_REST_URL'],
  [{ UPSTASH_REDIS_REST_URL: 'eu1.upstash.io' }, 'UPSTASH_REDIS_REST_URL'],
  [{ UPSTASH_REDIS_REST_URL: 'redis://eu1.upstash.io:6379' }, 'UPSTASH_REDIS_REST_URL'],
  [{ UPSTASH_REDIS_REST_URL: 'https://' }, 'UPSTASH_REDIS_REST_URL'],
  [{ UPSTASH_REDIS_REST_TOKEN: '' }, 'UPSTASH_REDIS_REST_TOKEN'],
  [{ REDIS_OUTBOX_SHARDS: '0' }, 'REDIS_OUTBOX_SHARDS'],
  [{ REDIS_TIMEOUT_MS: 'soon' }, 'REDIS_TIMEOUT_MS'],
])('%j', (wrong, name) => {
  expect(() => redisOf({ ...SOUND, ...wrong }, KEY)).toThrow(name)
})

it('is nothing where D1 holds the profiles, and a room where Redis does', () => {
  expect(redisOf({}, KEY)).toBeNull()
  expect(redisOf(SOUND, KEY)).not.toBeNull()
})

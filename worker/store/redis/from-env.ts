/** The Redis of this deployment, if it has one. Throws at the first request what is set up wrong. */
import { redisRoom, type RedisRoom } from './redis-room.ts'
import { REDIS_DEFAULTS } from './settings.ts'

/** As env.ts names and explains them. */
interface RedisVariables {
  readonly TSUGI_STORE?: string
  readonly UPSTASH_REDIS_REST_URL?: string
  readonly UPSTASH_REDIS_REST_TOKEN?: string
  readonly REDIS_PREFIX?: string
  readonly REDIS_OUTBOX_SHARDS?: string
  readonly REDIS_KEY_LOCKING?: string
  readonly REDIS_PRIMARY_READS?: string
  readonly REDIS_TIMEOUT_MS?: string
  readonly PROFILE_ID_KEY?: string
}

/** null where D1 holds the profiles. */
export function redisOf(env: RedisVariables, signingKey: string): RedisRoom | null {
  const store = env.TSUGI_STORE ?? 'd1'
  if (store === 'd1') return null
  if (store !== 'redis') throw new Error(`TSUGI_STORE is "d1" or "redis", not "${store}"`)
  return redisRoom(
    {
      url: address(env.UPSTASH_REDIS_REST_URL, 'UPSTASH_REDIS_REST_URL'),
      token: required(env.UPSTASH_REDIS_REST_TOKEN, 'UPSTASH_REDIS_REST_TOKEN'),
      prefix: env.REDIS_PREFIX ?? REDIS_DEFAULTS.prefix,
      outboxShards: whole(
        env.REDIS_OUTBOX_SHARDS,
        REDIS_DEFAULTS.outboxShards,
        'REDIS_OUTBOX_SHARDS',
      ),
      keyLocking: env.REDIS_KEY_LOCKING === '1',
      primaryReads: env.REDIS_PRIMARY_READS === '1',
      timeoutMs: whole(env.REDIS_TIMEOUT_MS, REDIS_DEFAULTS.timeoutMs, 'REDIS_TIMEOUT_MS'),
    },
    env.PROFILE_ID_KEY ?? signingKey,
  )
}

/** The client would say so, too; but it is loaded later, and a fault of the store is no 500. */
function address(value: string | undefined, name: string): string {
  const url = required(value, name)
  if (!/^https?:/.test(url) || !URL.canParse(url)) {
    throw new Error(`${name} begins with https://: docs/deploy.md`)
  }
  return url
}

function required(value: string | undefined, name: string): string {
  if (value === undefined || value === '') {
    throw new Error(`${name} must be set where TSUGI_STORE is redis: docs/deploy.md`)
  }
  return value
}

function whole(text: string | undefined, fallback: number, name: string): number {
  const value = text === undefined ? fallback : Number(text)
  if (!Number.isInteger(value) || value < 1) {
    throw new Error(`${name} is a whole number from 1, not "${text}"`)
  }
  return value
}

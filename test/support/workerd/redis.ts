/** A real Redis of a test's own, behind the bridge; both run in Node, outside workerd. */
import { inject } from 'vitest'
import type { RedisSettings } from '../../../worker/store/redis/settings.ts'
import { REDIS_DEFAULTS } from '../../../worker/store/redis/settings.ts'
import type { Fault } from '../redis/faults.ts'
import type { Wish } from '../redis/wish.ts'

declare module 'vitest' {
  interface ProvidedContext {
    redisKeeper: string
  }
}

export interface TestRedis {
  readonly settings: RedisSettings
  /** The worker's variables for it. */
  readonly variables: Readonly<Record<string, string>>
  fault(fault: Fault): Promise<void>
  clearFaults(): Promise<void>
  /** Resolves when so many requests are held or hang since the faults were cleared. */
  untilStuck(times: number): Promise<void>
  /** Lets go on what a fault holds; resolves when that is done. */
  release(): Promise<void>
  /** Past the bridge and its faults. */
  command(...command: (string | number)[]): Promise<unknown>
  /** Requests and commands that came to the bridge since the last call. */
  counted(): Promise<{ requests: number; commands: number }>
  kill(): Promise<void>
  start(): Promise<void>
  remove(): Promise<void>
}

export async function openRedis(over: Partial<RedisSettings> = {}): Promise<TestRedis> {
  const keeper = inject('redisKeeper')
  const { number, url, token } = (await post(`${keeper}/servers`)) as {
    number: number
    url: string
    token: string
  }
  const wish = (what: Wish): Promise<unknown> => post(`${keeper}/servers/${number}`, what)
  // Whoever tests the limit of a request's time gives one.
  const settings = { ...REDIS_DEFAULTS, timeoutMs: 120_000, url, token, ...over }
  return {
    settings,
    variables: {
      TSUGI_STORE: 'redis',
      UPSTASH_REDIS_REST_URL: url,
      UPSTASH_REDIS_REST_TOKEN: token,
      REDIS_TIMEOUT_MS: String(settings.timeoutMs),
      REDIS_OUTBOX_SHARDS: String(settings.outboxShards),
      REDIS_KEY_LOCKING: settings.keyLocking ? '1' : '0',
      REDIS_PRIMARY_READS: settings.primaryReads ? '1' : '0',
    },
    fault: async (fault) => void (await wish({ do: 'fault', fault })),
    clearFaults: async () => void (await wish({ do: 'clear-faults' })),
    untilStuck: async (times) => void (await wish({ do: 'until-stuck', times })),
    release: async () => void (await wish({ do: 'release' })),
    command: (...command) => wish({ do: 'command', command }),
    counted: async () => (await wish({ do: 'count' })) as { requests: number; commands: number },
    kill: async () => void (await wish({ do: 'kill' })),
    start: async () => void (await wish({ do: 'start' })),
    remove: async () => void (await wish({ do: 'remove' })),
  }
}

async function post(url: string, body?: unknown): Promise<unknown> {
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(body ?? null) })
  const answer = await response.json()
  if (!response.ok) throw new Error(`${url}: ${String(answer)}`)
  return answer
}

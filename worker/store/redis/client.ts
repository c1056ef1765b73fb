/** The way to Redis over Upstash's REST: what can go wrong there is a StoreError. */
import type { Redis } from '@upstash/redis/cloudflare'
import { StoreError } from '../../flow/ports.ts'
import type { Meter } from '../meter.ts'
import { scriptText } from './scripts.ts'
import type { RedisSettings } from './settings.ts'

export type Arg = string | number

export interface RedisClient {
  readonly settings: RedisSettings
  /** One command, one trip. */
  command(meter: Meter, command: string, ...args: readonly Arg[]): Promise<unknown>
  /** Several commands, one trip; they are not one atomic step. */
  pipeline(meter: Meter, commands: readonly (readonly [string, ...Arg[]])[]): Promise<unknown[]>
  /** One script: one trip, two when the server has lost it. */
  script(meter: Meter, lua: string, keys: readonly string[], args: readonly Arg[]): Promise<unknown>
}

export function redisClient(settings: RedisSettings): RedisClient {
  let loaded: Promise<Redis> | undefined
  const redis = (): Promise<Redis> => (loaded ??= upstash(settings))
  const digests = new Map<string, Promise<string>>()
  const digestOf = (text: string): Promise<string> => {
    let digest = digests.get(text)
    if (digest === undefined) {
      digest = sha1(text)
      digests.set(text, digest)
    }
    return digest
  }
  const client: RedisClient = {
    settings,
    command: (meter, command, ...args) =>
      trip(meter, async () => (await redis()).exec([command, ...args])),

    async pipeline(meter, commands) {
      const batch = (await redis()).pipeline()
      for (const [command, ...args] of commands) addTo(batch, command, args)
      const results = await trip(meter, () => batch.exec())
      if (!Array.isArray(results) || results.length !== commands.length) {
        throw malformed(`${commands.length} answers to a pipeline`)
      }
      return results
    },

    async script(meter, lua, keys, args) {
      const text = scriptText(lua, settings.keyLocking)
      const rest = [keys.length, ...keys, ...args]
      const digest = await digestOf(text)
      try {
        return await client.command(meter, 'EVALSHA', digest, ...rest)
      } catch (error) {
        // The server looked for the script and ran nothing.
        if (!isNoScript(error)) throw error
        return client.command(meter, 'EVAL', text, ...rest)
      }
    },
  }
  return client
}

/**
 * Made once an isolate: the client remembers the last sync token, so that
 * Upstash's replicas answer no older than what this isolate has written. Only
 * where Redis is the store is it loaded: it makes a class of each of Redis's commands.
 */
async function upstash(settings: RedisSettings): Promise<Redis> {
  const { Redis } = await import('@upstash/redis/cloudflare')
  return new Redis({
    url: settings.url,
    token: settings.token,
    // A profile that reads as JSON must come back as the text it is.
    automaticDeserialization: false,
    // Whether to come again is for the flow to say: it knows whether that is safe.
    retry: { retries: 0 },
    // As a function a timeout throws; as a signal it would answer as if it were a result.
    signal: () => AbortSignal.timeout(settings.timeoutMs),
    responseEncoding: false,
    enableTelemetry: false,
    // Else every command waits a tick and goes to /pipeline.
    enableAutoPipelining: false,
  })
}

type Batch = ReturnType<Redis['pipeline']>

/** The pipeline has a method a command and none for any; only these are sent. */
function addTo(batch: Batch, command: string, [key, ...args]: readonly Arg[]): void {
  const name = String(key)
  if (command === 'XLEN') batch.xlen(name)
  else if (command === 'MGET') batch.mget(name, ...args.map(String))
  else if (command === 'STRLEN') batch.strlen(name)
  else throw new TypeError(`${command} is not sent in pipelines`)
}

async function trip<T>(meter: Meter, work: () => Promise<T>): Promise<T> {
  meter.trips++
  try {
    return await work()
  } catch (cause) {
    throw new StoreError(`Redis did not answer as it should: ${reasonOf(cause)}`)
  }
}

/** Without what the client adds: the command, with all that is known of somebody in it. */
function reasonOf(cause: unknown): string {
  const { name, message } = cause instanceof Error ? cause : new Error(String(cause))
  const [reason = ''] = message.split(', command was: ')
  if (name === 'UpstashJSONParseError') return 'its answer is no JSON'
  return `${name}: ${reason}`.slice(0, 200)
}

/** What a reply of another form than was asked for is. */
export const malformed = (wanted: string): StoreError =>
  new StoreError(`Redis did not answer as it should: ${wanted} expected`)

const isNoScript = (error: unknown): boolean =>
  error instanceof StoreError && error.message.includes('NOSCRIPT')

async function sha1(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-1', new TextEncoder().encode(text))
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** The way to Redis over Upstash's REST: what can go wrong there is a StoreError. */
import { StoreError } from '../../flow/ports.ts'
import type { Meter } from '../meter.ts'
import { scriptText } from './scripts.ts'
import type { RedisSettings } from './settings.ts'
import { upstashRest, type Arg, type Command } from './upstash-rest.ts'

export interface RedisClient {
  readonly settings: RedisSettings
  /** One command, one trip. */
  command(meter: Meter, command: string, ...args: readonly Arg[]): Promise<unknown>
  /** Several commands, one trip; they are not one atomic step. */
  pipeline(meter: Meter, commands: readonly Command[]): Promise<unknown[]>
  /** One script: one trip, two when the server has lost it. */
  script(meter: Meter, lua: string, keys: readonly string[], args: readonly Arg[]): Promise<unknown>
}

export function redisClient(settings: RedisSettings): RedisClient {
  const rest = upstashRest(settings)
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
    command: (meter, command, ...args) => trip(meter, () => rest.command([command, ...args])),

    async pipeline(meter, commands) {
      const results = await trip(meter, () => rest.pipeline(commands))
      if (results.length !== commands.length) {
        throw malformed(`${commands.length} answers to a pipeline`)
      }
      return results
    },

    async script(meter, lua, keys, args) {
      const text = scriptText(lua, settings.keyLocking)
      const given = [keys.length, ...keys, ...args]
      const digest = await digestOf(text)
      try {
        return await client.command(meter, 'EVALSHA', digest, ...given)
      } catch (error) {
        // The server looked for the script and ran nothing.
        if (!isNoScript(error)) throw error
        return client.command(meter, 'EVAL', text, ...given)
      }
    },
  }
  return client
}

async function trip<T>(meter: Meter, work: () => Promise<T>): Promise<T> {
  meter.trips++
  try {
    return await work()
  } catch (cause) {
    throw new StoreError(`Redis did not answer as it should: ${reasonOf(cause)}`)
  }
}

/** What it says is the server's own, and short. */
function reasonOf(cause: unknown): string {
  const { name, message } = cause instanceof Error ? cause : new Error(String(cause))
  return `${name}: ${message}`.slice(0, 200)
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

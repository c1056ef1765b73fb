/**
 * Upstash's REST: a command is a JSON array, its answer an object with a result
 * or an error. https://upstash.com/docs/redis/features/restapi
 */
import type { RedisSettings } from './settings.ts'

export type Arg = string | number
export type Command = readonly [string, ...Arg[]]

export interface Rest {
  /** What the server answers, as it stands in the JSON. Throws what it or the way to it says. */
  command(command: Command): Promise<unknown>
  /** One answer a command, in order. Throws when one of them failed: the others may have run. */
  pipeline(commands: readonly Command[]): Promise<unknown[]>
}

/** Made once an isolate: it remembers the sync token, so that replicas answer no older than what it wrote. */
export function upstashRest({
  url,
  token,
  timeoutMs,
}: Pick<RedisSettings, 'url' | 'token' | 'timeoutMs'>): Rest {
  if (!/^https?:/.test(url) || !URL.canParse(url)) {
    throw new Error('UPSTASH_REDIS_REST_URL begins with https://: docs/deploy.md')
  }
  const base = url.replace(/\/$/, '')
  let syncToken = ''

  async function post(path: string, body: unknown): Promise<unknown> {
    const response = await fetch(`${base}${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${token}`,
        'upstash-sync-token': syncToken,
      },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(timeoutMs),
    })
    const answer = parsed(await response.text())
    if (!response.ok) throw new Error(errorIn(answer) ?? `status ${response.status}`)
    syncToken = response.headers.get('upstash-sync-token') ?? ''
    return answer
  }

  return {
    command: async (command) => resultOf(await post('', command.map(String))),
    async pipeline(commands) {
      const answers = await post('/pipeline', commands)
      if (!Array.isArray(answers)) throw new Error('no list of answers')
      return answers.map(resultOf)
    },
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Not the text: it may hold what is known of somebody.
    throw new Error('its answer is no JSON')
  }
}

function resultOf(answer: unknown): unknown {
  const error = errorIn(answer)
  if (error !== null) throw new Error(error)
  const { result } = (answer ?? {}) as { result?: unknown }
  if (result === undefined) throw new Error('an answer without a result')
  return result
}

function errorIn(answer: unknown): string | null {
  const { error } = (answer ?? {}) as { error?: unknown }
  return typeof error === 'string' && error !== '' ? error : null
}

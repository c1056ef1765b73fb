/** The real PostgreSQL, from inside workerd: by Hyperdrive as the worker sees it, and past it. */
import { env } from 'cloudflare:workers'
import { inject } from 'vitest'
import type { PostgresFault, PostgresWish } from '../postgres/wish.ts'

declare module 'vitest' {
  interface ProvidedContext {
    postgresKeeper: string
  }
}

declare global {
  namespace Cloudflare {
    interface Env {
      readonly TEST_HYPERDRIVE: Hyperdrive
      readonly TEST_HYPERDRIVE_SPOILED: Hyperdrive
    }
  }
}

/** All test files share the server, which the first starts: each takes a schema of its own. */
export async function openPostgres() {
  await wish({ do: 'query', sql: 'SELECT 1' })
  return POSTGRES
}

const POSTGRES = {
  connectionString: env.TEST_HYPERDRIVE.connectionString,
  /** What goes wrong goes wrong here: for one test file only. */
  spoiledConnectionString: env.TEST_HYPERDRIVE_SPOILED.connectionString,
  query: async (sql: string) => (await wish({ do: 'query', sql })) as Record<string, unknown>[],
  fault: async (fault: PostgresFault) => void (await wish({ do: 'fault', fault })),
  clearFault: async () => void (await wish({ do: 'clear-fault' })),
  kill: async () => void (await wish({ do: 'kill' })),
  start: async () => void (await wish({ do: 'start' })),
}

async function wish(what: PostgresWish): Promise<unknown> {
  const response = await fetch(inject('postgresKeeper'), {
    method: 'POST',
    body: JSON.stringify(what),
  })
  const answer = await response.json()
  if (!response.ok) throw new Error(String(answer))
  return answer
}

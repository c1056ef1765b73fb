/** The real PostgreSQL, from inside workerd: by Hyperdrive as the worker sees it, and past it. */
import { env } from 'cloudflare:workers'
import { afterAll, inject } from 'vitest'
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

export interface TestPostgres {
  /** As Hyperdrive gives it to the worker. */
  readonly connectionString: string
  /** Past Hyperdrive, and past what goes wrong. */
  query(sql: string): Promise<Record<string, unknown>[]>
}

/** All test files share this server, which the first starts: each takes a schema of its own. */
export async function openPostgres(): Promise<TestPostgres> {
  return opened(env.TEST_HYPERDRIVE, false)
}

/** Another server, for the test files that spoil the way to it and kill it: one after the other. */
export async function openSpoiledPostgres() {
  await wish({ do: 'take-turn' })
  afterAll(async () => {
    await wish({ do: 'start' })
    await wish({ do: 'clear-fault' })
    await wish({ do: 'end-turn' })
  })
  return {
    ...(await opened(env.TEST_HYPERDRIVE_SPOILED, true)),
    fault: async (fault: PostgresFault) => void (await wish({ do: 'fault', fault })),
    clearFault: async () => void (await wish({ do: 'clear-fault' })),
    /** Resolves when PostgreSQL has answered a commit and that is held back. */
    untilHeld: async () => void (await wish({ do: 'until-held' })),
    kill: async () => void (await wish({ do: 'kill' })),
    start: async () => void (await wish({ do: 'start' })),
  }
}

async function opened({ connectionString }: Hyperdrive, spoiled: boolean): Promise<TestPostgres> {
  const query = async (sql: string) =>
    (await wish({ do: 'query', sql, spoiled })) as Record<string, unknown>[]
  await query('SELECT 1')
  return { connectionString, query }
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

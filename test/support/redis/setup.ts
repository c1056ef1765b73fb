/** For Vitest: the keeper runs while the tests do. */
import type { TestProject } from 'vitest/node'
import { startKeeper } from './keeper.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Address of test/support/redis/keeper.ts. */
    redisKeeper: string
  }
}

export async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const keeper = await startKeeper()
  provide('redisKeeper', keeper.url)
  return () => keeper.close()
}

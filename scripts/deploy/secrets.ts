/** Secrets that a worker must have: kept if it has them, else made here. */
import { randomBytes } from 'node:crypto'
import { WranglerError, type Wrangler } from '../wrangler.ts'

const random = (bytes: number): string => randomBytes(bytes).toString('base64url')

const NEEDED: Readonly<Record<string, () => string>> = {
  SIGNING_KEY: () => random(48),
  ADMIN_TOKEN: () => `at_${random(32)}`,
}
/** Set from the caller's environment if it is there; never made up. */
const OPTIONAL = ['IDENTITY_SECRETS', 'UPSTASH_REDIS_REST_TOKEN', 'PROFILE_ID_KEY']

/**
 * What has to be put: those that the worker does not have, and those that the
 * caller's environment gives. Asking twice never changes one that is in use.
 */
export async function secretsToPut(
  wrangler: Wrangler,
  environment: string,
  given: Readonly<Record<string, string | undefined>>,
): Promise<Record<string, string>> {
  const there = await namesOfSecrets(wrangler, environment)
  const put: Record<string, string> = {}
  for (const [name, make] of Object.entries(NEEDED)) {
    const value = given[name] ?? (there.has(name) ? undefined : make())
    if (value !== undefined) put[name] = value
  }
  for (const name of OPTIONAL) {
    const value = given[name]
    if (value !== undefined) put[name] = value
  }
  return put
}

async function namesOfSecrets(wrangler: Wrangler, environment: string): Promise<Set<string>> {
  try {
    const list = JSON.parse(
      await wrangler(['secret', 'list', '--env', environment, '--format', 'json']),
    ) as { name: string }[]
    return new Set(list.map(({ name }) => name))
  } catch (error) {
    const isNew = error instanceof WranglerError && /Worker "[^"]+".* not found/.test(error.said)
    if (isNew) return new Set()
    throw error
  }
}

import { cp, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { withDatabaseId } from '../../scripts/deploy/database-id.ts'
import { rollOut } from '../../scripts/deploy/roll-out.ts'
import type { WranglerError } from '../../scripts/wrangler.ts'
import { fakeCloudflareAccount, type FakeAccount } from './fake-cloudflare-account.ts'

const ROOT = join(import.meta.dirname, '../..')
let folder: string
let tomlPath: string
let account: FakeAccount
let said: string[]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tsugi-deploy-'))
  tomlPath = join(folder, 'wrangler.toml')
  await cp(join(ROOT, 'wrangler.toml'), tomlPath)
  account = fakeCloudflareAccount(tomlPath)
  said = []
})
afterEach(() => rm(folder, { recursive: true }))

const run = (given: Record<string, string> = {}): ReturnType<typeof rollOut> =>
  rollOut({
    wrangler: account.wrangler,
    environment: 'staging',
    database: 'tsugi-staging',
    bucket: 'tsugi-staging',
    tomlPath,
    given,
    say: (line) => said.push(line),
  })

test('the first time makes everything, stores before code, and tells the token once', async () => {
  const { url, adminToken } = await run()
  expect(account.changes).toEqual([
    'd1 create tsugi-staging',
    'r2 bucket create tsugi-staging',
    'd1 migrations apply',
    'deploy',
  ])
  expect(url).toBe('https://tsugi-staging.someone.workers.dev')
  expect([...account.secrets.keys()]).toEqual(['SIGNING_KEY', 'ADMIN_TOKEN'])
  expect(account.secrets.get('ADMIN_TOKEN')).toBe(adminToken)
  expect(account.secrets.get('SIGNING_KEY')?.length).toBeGreaterThanOrEqual(43)
  expect(said.join('\n')).not.toContain(account.secrets.get('SIGNING_KEY'))
  const toml = await readFile(tomlPath, 'utf8')
  expect(toml).toContain('database_id = "uuid-of-tsugi-staging"')
  expect(toml.match(/not-created-yet/g)).toHaveLength(1)
})

test('the second time migrates and deploys, and changes neither secrets nor wrangler.toml', async () => {
  await run()
  const secrets = new Map(account.secrets)
  const toml = await readFile(tomlPath, 'utf8')
  account.changes.length = 0
  const { adminToken } = await run()
  expect(account.changes).toEqual(['d1 migrations apply', 'deploy'])
  expect(account.secrets).toEqual(secrets)
  expect(adminToken).toBeNull()
  expect(await readFile(tomlPath, 'utf8')).toBe(toml)
})

test('secrets from the environment are put, the first time and later', async () => {
  await run({ ADMIN_TOKEN: 'at_mine', IDENTITY_SECRETS: '{"shop":"s"}' })
  expect(account.secrets.get('ADMIN_TOKEN')).toBe('at_mine')
  expect(account.secrets.get('IDENTITY_SECRETS')).toBe('{"shop":"s"}')
  const signingKey = account.secrets.get('SIGNING_KEY')
  await run({ ADMIN_TOKEN: 'at_new' })
  expect(account.secrets.get('ADMIN_TOKEN')).toBe('at_new')
  expect(account.secrets.get('SIGNING_KEY')).toBe(signingKey)
})

test('it goes on where it was broken off', async () => {
  account.databases.set('tsugi-staging', 'made-by-a-run-that-failed')
  await run()
  expect(account.changes[0]).toBe('r2 bucket create tsugi-staging')
  expect(await readFile(tomlPath, 'utf8')).toContain('database_id = "made-by-a-run-that-failed"')
})

test('without an account nothing is touched', async () => {
  account.loggedIn = false
  const error = (await run().catch((thrown: unknown) => thrown)) as WranglerError
  expect(error.said).toContain('not authenticated')
  expect(account.changes).toEqual([])
})

test('another error than "not found" is not taken for a new worker', async () => {
  await run()
  const { wrangler } = account
  const broken = async (args: readonly string[]): Promise<string> => {
    if (args[0] === 'secret') throw new Error('The API is down')
    return wrangler(args)
  }
  account.changes.length = 0
  await expect(
    rollOut({
      wrangler: broken,
      environment: 'staging',
      database: 'tsugi-staging',
      bucket: 'tsugi-staging',
      tomlPath,
      given: {},
      say: () => {},
    }),
  ).rejects.toThrow('The API is down')
  expect(account.changes).not.toContain('deploy')
})

test('an id is written only into its own environment', async () => {
  const toml = await readFile(tomlPath, 'utf8')
  const written = withDatabaseId(toml, 'production', 'p-1')
  expect(written).not.toBe(toml)
  expect(withDatabaseId(written, 'production', 'p-1')).toBe(written)
  const [before, after] = written.split('[env.production]')
  expect(before).toContain('database_id = "not-created-yet"')
  expect(after).toContain('database_id = "p-1"')
  expect(() => withDatabaseId(toml, 'nowhere', 'x')).toThrow('env.nowhere')
})

/**
 * A fake: there is no Cloudflare account in tests. It keeps what would be kept,
 * answers in wrangler's own formats, and refuses what the real one would:
 * commands and flags that the installed wrangler does not know, a database or
 * bucket made twice, secrets of a worker that is not there, a deployment
 * whose stores do not exist.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { WranglerError, type Wrangler } from '../../scripts/wrangler.ts'
import { runNode } from '../support/program.ts'

const ROOT = join(import.meta.dirname, '../..')

export interface FakeAccount {
  readonly wrangler: Wrangler
  /** Every command that changed something, without its flags. */
  readonly changes: string[]
  readonly databases: Map<string, string>
  readonly buckets: Set<string>
  readonly secrets: Map<string, string>
  deployed: boolean
  loggedIn: boolean
}

export function fakeCloudflareAccount(tomlPath: string): FakeAccount {
  const account: FakeAccount = {
    changes: [],
    databases: new Map(),
    buckets: new Set(),
    secrets: new Map(),
    deployed: false,
    loggedIn: true,
    wrangler: async (args) => {
      await assertKnown(args)
      const words = args.filter((arg) => /^[a-z0-9]/.test(arg))
      const refuse = (said: string): never => {
        throw new WranglerError(args, 1, said)
      }
      if (!account.loggedIn) refuse('You are not authenticated. Please run `wrangler login`.')
      const [command] = words
      if (command === 'whoami') return '{"loggedIn":true}'
      if (args[0] === 'd1' && args[1] === 'list') {
        return JSON.stringify([...account.databases].map(([name, uuid]) => ({ uuid, name })))
      }
      if (args[0] === 'd1' && args[1] === 'create') {
        const name = args[2] as string
        if (account.databases.has(name)) refuse('A database with that name already exists')
        account.databases.set(name, `uuid-of-${name}`)
        account.changes.push(`d1 create ${name}`)
        return 'Successfully created DB'
      }
      if (args[0] === 'd1' && args[1] === 'migrations') {
        await assertStores(refuse)
        account.changes.push('d1 migrations apply')
        return 'No migrations to apply!'
      }
      if (args[0] === 'r2' && args[2] === 'list') {
        return [...account.buckets]
          .map((name) => `name:           ${name}\ncreation_date:  2026-10-01T00:00:00.000Z`)
          .join('\n\n')
      }
      if (args[0] === 'r2' && args[2] === 'create') {
        const name = args[3] as string
        if (account.buckets.has(name)) refuse('The bucket you tried to create already exists.')
        account.buckets.add(name)
        account.changes.push(`r2 bucket create ${name}`)
        return 'Created'
      }
      if (args[0] === 'secret') {
        if (!account.deployed) refuse('Worker "tsugi-staging" (env: staging) not found.')
        return JSON.stringify(
          [...account.secrets.keys()].map((name) => ({ name, type: 'secret_text' })),
        )
      }
      if (command === 'deploy') {
        await assertStores(refuse)
        const at = args.indexOf('--secrets-file')
        if (at !== -1) {
          const put = JSON.parse(await readFile(args[at + 1] as string, 'utf8')) as Record<
            string,
            string
          >
          for (const [name, value] of Object.entries(put)) account.secrets.set(name, value)
        }
        account.deployed = true
        account.changes.push('deploy')
        return 'Deployed tsugi-staging triggers (1.2 sec)\n  https://tsugi-staging.someone.workers.dev\n  schedule: * * * * *'
      }
      return refuse(`Unknown command: ${args.join(' ')}`)
    },
  }
  async function assertStores(refuse: (said: string) => never): Promise<void> {
    const toml = await readFile(tomlPath, 'utf8')
    const [, part] = toml.split('[[env.staging.d1_databases]]')
    const id = /database_id = "([^"]*)"/.exec(part ?? '')?.[1] ?? ''
    if (![...account.databases.values()].includes(id)) refuse(`Couldn't find a D1 DB with id ${id}`)
    if (!account.buckets.has('tsugi-staging')) refuse('R2 bucket tsugi-staging not found.')
  }
  return account
}

const helps = new Map<string, Promise<string>>()

/** The installed wrangler's own help must name every flag that is used. */
async function assertKnown(args: readonly string[]): Promise<void> {
  const depth = args[0] === 'd1' && args[1] === 'migrations' ? 3 : args[0] === 'r2' ? 3 : 2
  const verbs = ['deploy', 'whoami'].includes(args[0] as string)
    ? args.slice(0, 1)
    : args.slice(0, depth)
  const key = verbs.join(' ')
  if (!helps.has(key)) {
    helps.set(
      key,
      runNode(join(ROOT, 'node_modules/wrangler/bin/wrangler.js'), [...verbs, '--help'], {
        env: { ...process.env, WRANGLER_SEND_METRICS: 'false', NO_COLOR: '1' },
      }).then(({ out }) => out),
    )
  }
  const help = (await helps.get(key)) as string
  if (!help.includes(`wrangler ${key}`)) throw new Error(`wrangler has no command "${key}".`)
  for (const flag of args.filter((arg) => arg.startsWith('--'))) {
    if (!new RegExp(`${flag}\\b`).test(help)) throw new Error(`wrangler ${key} has no ${flag}.`)
  }
}

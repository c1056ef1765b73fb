/**
 * From nothing to a running worker, and from an old one to a new: each step
 * looks first, so that it may be run again after any failure.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Wrangler } from '../wrangler.ts'
import { withDatabaseId } from './database-id.ts'
import { secretsToPut } from './secrets.ts'

export interface RollOut {
  readonly wrangler: Wrangler
  readonly environment: string
  /** Names from wrangler.toml. */
  readonly database: string
  readonly bucket: string
  readonly tomlPath: string
  /** Values of secrets from the caller's environment. */
  readonly given: Readonly<Record<string, string | undefined>>
  readonly say: (line: string) => void
}
export interface RolledOut {
  /** The workers.dev address, if it has one. */
  readonly url: string | null
  /** If it was made or given in this run; nobody can read it again. */
  readonly adminToken: string | null
}

export async function rollOut(run: RollOut): Promise<RolledOut> {
  const { wrangler, environment, say } = run
  await wrangler(['whoami', '--json'])
  const id = await ensureDatabase(run)
  const toml = await readFile(run.tomlPath, 'utf8')
  const updated = withDatabaseId(toml, environment, id)
  if (updated !== toml) {
    await writeFile(run.tomlPath, updated)
    say(`Wrote the database's id into wrangler.toml: commit it.`)
  }
  await ensureBucket(run)
  say('Migrating the database …')
  await wrangler(['d1', 'migrations', 'apply', 'DB', '--env', environment, '--remote'])
  const secrets = await secretsToPut(wrangler, environment, run.given)
  for (const name of Object.keys(secrets)) say(`Putting the secret ${name}.`)
  say('Deploying …')
  const said = await deploy(wrangler, environment, secrets)
  return {
    url: /https:\/\/\S+\.workers\.dev/.exec(said)?.[0] ?? null,
    adminToken: secrets['ADMIN_TOKEN'] ?? null,
  }
}

async function ensureDatabase({ wrangler, database, say }: RollOut): Promise<string> {
  const find = async (): Promise<string | undefined> => {
    const list = JSON.parse(await wrangler(['d1', 'list', '--json'])) as {
      name: string
      uuid: string
    }[]
    return list.find(({ name }) => name === database)?.uuid
  }
  const there = await find()
  if (there !== undefined) return there
  say(`Creating the D1 database ${database}.`)
  await wrangler(['d1', 'create', database])
  const made = await find()
  if (made === undefined) throw new Error(`D1 does not list ${database}, which was just created.`)
  return made
}

async function ensureBucket({ wrangler, bucket, say }: RollOut): Promise<void> {
  const list = await wrangler(['r2', 'bucket', 'list'])
  const names = [...list.matchAll(/^\s*name:\s*(\S+)\s*$/gm)].map(([, name]) => name)
  if (names.includes(bucket)) return
  say(`Creating the R2 bucket ${bucket}.`)
  await wrangler(['r2', 'bucket', 'create', bucket])
}

/** Secrets go up with the code, by a file that only we can read, so that no version runs without them. */
async function deploy(
  wrangler: Wrangler,
  environment: string,
  secrets: Readonly<Record<string, string>>,
): Promise<string> {
  const command = ['deploy', '--env', environment]
  if (Object.keys(secrets).length === 0) return wrangler(command)
  const folder = await mkdtemp(join(tmpdir(), 'tsugi-secrets-'))
  try {
    const file = join(folder, 'secrets.json')
    await writeFile(file, JSON.stringify(secrets), { mode: 0o600 })
    return await wrangler([...command, '--secrets-file', file])
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

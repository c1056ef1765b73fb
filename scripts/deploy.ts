/** `npm run deploy -- --env staging`: this code to a Cloudflare account. */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { unstable_readConfig as readConfig } from 'wrangler'
import { ROOT } from './build/root.ts'
import { buildAssets } from './build/assets.ts'
import { buildSdk } from './build/sdk.ts'
import { publishFile } from './deploy/publish-file.ts'
import { rollOut } from './deploy/roll-out.ts'
import { wrangler, WranglerError } from './wrangler.ts'

const HELP = `npm run deploy -- --env staging|production [--publish <file>] [--dry-run]

Creates what is missing in your Cloudflare account (D1 database, R2 bucket,
secrets), migrates the database, and deploys. May be run again at any time.

  --env <name>       staging or production: an environment of wrangler.toml
  --publish <file>   then publish this configuration
  --dry-run          build and check all of it without an account
  --help             this

Secrets are made up at the first time, or taken from the environment variables
SIGNING_KEY, ADMIN_TOKEN and IDENTITY_SECRETS. Wrangler finds your account by
\`npx wrangler login\`, or by CLOUDFLARE_API_TOKEN. More: docs/deploy.md`

const ENVIRONMENTS = ['staging', 'production']

process.exitCode = await main()

async function main(): Promise<number> {
  const values = parsed()
  if (values === null) return 2
  const { env: environment, publish, 'dry-run': dry } = values
  if (values.help) {
    console.log(HELP)
    return 0
  }
  if (environment === undefined || !ENVIRONMENTS.includes(environment)) {
    console.error(`${HELP}\n\nGive --env staging or --env production.`)
    return 2
  }
  try {
    await buildSdk()
    await buildAssets()
    if (dry) {
      const outdir = join(ROOT, 'dist/deploy', environment)
      console.log(await wrangler(['deploy', '--env', environment, '--dry-run', '--outdir', outdir]))
      return 0
    }
    await deploy(environment, publish)
    return 0
  } catch (error) {
    if (!(error instanceof WranglerError)) throw error
    console.error(error.message)
    if (/not authenticated|CLOUDFLARE_API_TOKEN|wrangler login/i.test(error.said)) {
      console.error('\nLog in first: npx wrangler login, or set CLOUDFLARE_API_TOKEN.')
    }
    return 1
  }
}

function parsed() {
  try {
    return parseArgs({
      options: {
        env: { type: 'string' },
        publish: { type: 'string' },
        'dry-run': { type: 'boolean' },
        help: { type: 'boolean' },
      },
    }).values
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    console.error(`${error.message}\n\n${HELP}`)
    return null
  }
}

async function deploy(environment: string, file: string | undefined): Promise<void> {
  const tomlPath = join(ROOT, 'wrangler.toml')
  const config = readConfig({ config: tomlPath, env: environment })
  const { url, adminToken } = await rollOut({
    wrangler,
    environment,
    database: config.d1_databases[0]?.database_name ?? '',
    bucket: config.r2_buckets[0]?.bucket_name ?? '',
    tomlPath,
    given: process.env,
    say: console.log,
  })
  const address = process.env['TSUGI_URL'] ?? url
  console.log(`\nDeployed to ${environment}${address === null ? '' : `: ${address}`}`)
  if (adminToken !== null && process.env['ADMIN_TOKEN'] === undefined) {
    console.log(`Admin token, shown this once: ${adminToken}`)
  }
  if (file === undefined) {
    console.log(
      `Publish: TSUGI_URL=${address ?? '…'} TSUGI_TOKEN=… npm run tsugi -- publish <file>`,
    )
    return
  }
  await publishFile(file, address, adminToken ?? process.env['TSUGI_TOKEN'] ?? null)
}

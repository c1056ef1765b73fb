/** `npm start`: Tsugi and its demo shop on this machine. */
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { explain } from '../cli/explain.ts'
import { AdminError } from '../cli/admin-api.ts'
import { build } from './build.ts'
import { assertPortFree, PortTakenError, type LogLine } from './local-worker.ts'
import { onEndSignal } from './local-worker/on-end-signal.ts'
import { StateInUseError } from './local-worker/state-lock.ts'
import { DEMO_KEYS, startDemo, type Demo } from './start/demo.ts'
import { NoRedisError } from './start/redis.ts'

const HELP = `npm start                       Tsugi and its demo shop on this machine
PORT=9000 npm start             on another port (8787); the shop takes the next one
TSUGI_STATE=/tmp/t npm start    with its data elsewhere (.tsugi); delete the folder to begin anew
npm start -- --store redis      with profiles and outbox in a redis-server that it starts

Builds the browser SDK and the worker, migrates a local D1, publishes
demo/tsugi.json, runs cron every 15 seconds, and prints addresses and keys.
Everything runs on workerd with the bundle that would be deployed.

  --store    d1 (by default) or redis
  --quiet    no log line a request
  --help     this`

const values = parsed()
if (values === null) process.exitCode = 2
else if (values.help) console.log(HELP)
else process.exitCode = await start(values)

function parsed() {
  try {
    return parseArgs({
      options: { help: { type: 'boolean' }, quiet: { type: 'boolean' }, store: { type: 'string' } },
    }).values
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    console.error(`${error.message}\nnpm start -- --help`)
    return null
  }
}

async function start(values: NonNullable<ReturnType<typeof parsed>>): Promise<number> {
  const port = Number(process.env['PORT'] || 8787)
  if (!Number.isInteger(port) || port < 1 || port > 65_534) {
    console.error(`PORT must be a number from 1 to 65534, not "${process.env['PORT']}".`)
    return 2
  }
  const store = values.store ?? 'd1'
  if (store !== 'd1' && store !== 'redis') {
    console.error(`--store is d1 or redis, not "${store}".`)
    return 2
  }
  const stateFolder = resolve(process.env['TSUGI_STATE'] || '.tsugi')
  const startedMs = performance.now()
  const ending = Promise.withResolvers<NodeJS.Signals>()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, ending.resolve)
  let demo: Demo
  try {
    await assertPortFree(port)
    console.log('Building the SDK and the worker …')
    await build()
    demo = await startDemo({
      stateFolder,
      port,
      cronSeconds: 15,
      store,
      onLog: printer(values.quiet === true),
    })
  } catch (error) {
    return failed(error, stateFolder)
  }
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1)
  console.log(greeting(demo, stateFolder, seconds))
  await new Promise<void>((resolve) => onEndSignal(resolve))
  console.log('\nEnding …')
  await demo.stop()
  return 0
}

function printer(quiet: boolean): (line: LogLine) => void {
  return ({ level, message }) => {
    if (level === 'error' || level === 'warn') console.error(message)
    else if (!quiet) console.log(message)
  }
}

function failed(error: unknown, stateFolder: string): number {
  if (error instanceof PortTakenError) {
    console.error(`${error.message} Give another one: PORT=9000 npm start`)
    return 1
  }
  if (error instanceof StateInUseError) {
    console.error(`${error.message} End it, or give another folder: TSUGI_STATE=… npm start`)
    return 1
  }
  if (error instanceof NoRedisError) {
    console.error(error.message)
    return 1
  }
  if (error instanceof AdminError) {
    console.error('The demo could not be published:')
    return explain(error, console.error)
  }
  console.error(`Could not start (state in ${stateFolder}):`, error)
  return 1
}

/** Other terminals need to be told what this one was. */
function given(): string {
  return ['PORT', 'TSUGI_STATE']
    .filter((name) => process.env[name])
    .map((name) => `${name}=${process.env[name]} `)
    .join('')
}

function greeting(
  { worker, shopUrl, published, active, redis }: Demo,
  stateFolder: string,
  seconds: string,
): string {
  const lines = [
    '',
    `Tsugi is ready after ${seconds} s.`,
    '',
    `  Demo shop    ${shopUrl}`,
    `  Worker       ${worker.url}`,
    `  Browser SDK  ${worker.url}/sdk/tsugi.js`,
    '',
    ...(redis === null ? [] : [`  Store        ${redis.description}`, '']),
    '  Demo keys, which no deployment accepts:',
    `  ${DEMO_KEYS.writeKey}    write key, stands in the page`,
    `  ${DEMO_KEYS.secretKey}    secret key, for servers`,
    `  ${DEMO_KEYS.adminToken}    admin token: ${given()}npm run tsugi -- tail`,
    '',
    `  State in ${stateFolder}${published === null ? '' : `; published release ${published}`}. Ctrl-C ends.`,
    ...(active === null
      ? []
      : [
          '',
          `  Active is release ${active}, which is not the demo's: the shop may have`,
          `  nothing to show. To have it back: ${given()}npm run tsugi -- publish ${stateFolder}/demo.json`,
        ]),
    '',
  ]
  return lines.join('\n')
}

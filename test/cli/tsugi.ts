/** The command line as a process, and a worker on this machine that it may talk to. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import { ROOT } from '../../scripts/build/root.ts'
import { startLocalWorker, type LocalWorker } from '../../scripts/local-worker.ts'
import { runNode, type Ended, type ProgramOptions } from '../support/program.ts'

export { ROOT }
export const TSUGI = join(ROOT, 'cli/tsugi.ts')
export const TOKEN = 'at_for_this_test'
export const DEMO_CONFIGURATION = join(ROOT, 'demo/tsugi.json')

const DEMO_VARS = { TSUGI_DEMO: '1', ADMIN_TOKEN: TOKEN, SIGNING_KEY: 'k'.repeat(43) }

/** One run of it, with more in its environment. */
export const runTsugi = (
  args: readonly string[],
  environment: object = {},
  options: Omit<ProgramOptions, 'env'> = {},
): Promise<Ended> => runNode(TSUGI, args, { ...options, env: { ...process.env, ...environment } })

interface Site {
  /** Goes with the file's tests; the worker's state lies in `state` of it. */
  readonly folder: string
  readonly worker: LocalWorker
  /** What the command line needs in its environment to find the worker and be let in. */
  readonly environment: Readonly<Record<string, string>>
  readonly tsugi: (args: readonly string[], environment?: object) => Promise<Ended>
}

/** A worker for all tests of a file, with nothing published; the demo's keys are known unless told otherwise. */
export function useSite(vars: Readonly<Record<string, string>> = DEMO_VARS): Site {
  let folder: string
  let worker: LocalWorker | undefined
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tsugi-cli-'))
    worker = await startLocalWorker({ stateFolder: join(folder, 'state'), vars })
  })
  afterAll(async () => {
    await worker?.stop()
    await rm(folder, { recursive: true })
  })
  const site: Site = {
    get folder() {
      return folder
    },
    get worker() {
      if (worker === undefined) throw new Error('the worker starts before the first test')
      return worker
    },
    get environment() {
      return { TSUGI_URL: site.worker.url, TSUGI_TOKEN: vars['ADMIN_TOKEN'] ?? '' }
    },
    tsugi: (args, environment = {}) => runTsugi(args, { ...site.environment, ...environment }),
  }
  return site
}

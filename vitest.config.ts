import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'
import { freePorts } from './test/support/postgres/free-ports.ts'

// This file is read more than once, and they must stay the same.
const postgresPorts = (process.env['TSUGI_TEST_POSTGRES_PORTS'] ??= (await freePorts(3)).join())
const [POSTGRES, POSTGRES_SPOILED] = postgresPorts
  .split(',')
  .map((port) => `postgres://tsugi:only-for-tests@127.0.0.1:${port}/postgres`) as [string, string]

const workerd = cloudflareTest(async () => ({
  wrangler: { configPath: './wrangler.toml' },
  miniflare: {
    bindings: {
      SIGNING_KEY: 'a-signing-key-for-tests-of-32-bytes-or-more',
      // Tests wait for what goes on behind an answer.
      DECISION_LOG_GATHER_MS: '0',
      // Those that ask what a slow store does to a decision make it slow themselves.
      DECIDE_BUDGET_MS: '60000',
      ADMIN_TOKEN: 'an-admin-token-for-tests',
      IDENTITY_SECRETS: JSON.stringify({ site: 'a-shared-secret-for-tests-of-32-bytes' }),
      TEST_MIGRATIONS: await readD1Migrations('migrations'),
    },
    // Under names of their own: what the tests do not give the worker it has not.
    hyperdrives: { TEST_HYPERDRIVE: POSTGRES, TEST_HYPERDRIVE_SPOILED: POSTGRES_SPOILED },
  },
}))

/** For what hangs; what is only slow, on a busy machine, is right all the same. */
const PATIENCE_MS = 900_000
const patience = {
  testTimeout: PATIENCE_MS,
  hookTimeout: PATIENCE_MS,
  expect: { poll: { timeout: 240_000 } },
}

/** These run `npm start`, which makes dist/ anew: alone, since others run what is in it. */
const BUILDING = ['start', 'sql', 'examples'].map((name) => `test/cli/${name}.test.ts`)

/** Groups run one after the other: a machine may have two cores. */
export default defineConfig({
  test: {
    teardownTimeout: 30_000,
    // The worker writes a log line a request: shown only beside a failure.
    silent: 'passed-only',
    projects: [
      {
        test: {
          name: 'core',
          include: ['test/core/**/*.test.ts'],
          setupFiles: ['test/support/runs.ts'],
          sequence: { groupOrder: 0 },
          // TSUGI_RUNS: as many runs of each law as one likes.
          ...patience,
          ...(process.env['TSUGI_RUNS'] !== undefined && { testTimeout: 1_800_000 }),
          maxWorkers: 2,
          // Pure code leaves nothing behind for the next file, and need not be loaded again for it.
          isolate: false,
        },
      },
      {
        plugins: [workerd],
        test: {
          name: 'worker',
          include: ['test/{worker,store,warehouse}/**/*.test.ts'],
          setupFiles: ['test/support/workerd/migrate.ts'],
          globalSetup: ['test/support/redis/setup.ts', 'test/support/postgres/setup.ts'],
          sequence: { groupOrder: 1 },
          maxWorkers: 2,
          ...patience,
        },
      },
      {
        test: {
          name: 'tooling',
          include: ['test/tooling/**/*.test.ts'],
          sequence: { groupOrder: 2 },
          maxWorkers: 2,
          ...patience,
        },
      },
      {
        test: {
          name: 'sdk',
          include: ['test/sdk/**/*.test.ts'],
          globalSetup: ['test/support/build/sdk.ts'],
          sequence: { groupOrder: 3 },
          maxWorkers: 2,
          ...patience,
        },
      },
      {
        test: {
          name: 'start',
          include: BUILDING,
          sequence: { groupOrder: 4 },
          fileParallelism: false,
          ...patience,
        },
      },
      {
        test: {
          name: 'node',
          include: ['test/{cli,e2e,conformance,chaos}/**/*.test.ts'],
          exclude: BUILDING,
          globalSetup: ['test/support/build/all.ts'],
          sequence: { groupOrder: 5 },
          maxWorkers: 2,
          ...patience,
        },
      },
    ],
  },
})

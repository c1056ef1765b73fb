/** The demo for a test: the built worker, its configuration, the shop, and a browser. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type Browser } from 'playwright-core'
import { adminApi } from '../../cli/admin-api.ts'
import { demoConfiguration } from '../../demo/config.ts'
import { serve, type Shop } from '../../demo/server.ts'
import { startLocalWorker, type LocalWorker } from '../../scripts/local-worker.ts'

const ADMIN_TOKEN = 'an-admin-token-for-tests'

export interface World {
  readonly worker: LocalWorker
  readonly shop: Shop
  readonly browser: Browser
  /** With the secret key, as the shop's server would. */
  ask(path: string, body?: unknown): Promise<Response>
  end(): Promise<void>
}

export interface WorldOptions {
  /** How long a placement may stay hidden; null leaves it to the SDK. */
  readonly budgetMs?: number | null
}

/**
 * Patient unless told otherwise: a machine busy with other tests may take a
 * second for what takes it fifty milliseconds alone.
 */
export async function startWorld({ budgetMs = 10_000 }: WorldOptions = {}): Promise<World> {
  const stateFolder = await mkdtemp(join(tmpdir(), 'tsugi-e2e-'))
  const ends: (() => Promise<unknown>)[] = [
    async () => rm(stateFolder, { recursive: true, force: true }),
  ]
  const end = async (): Promise<void> => {
    for (const one of ends.splice(0).toReversed()) await one()
  }
  try {
    const worker = await startLocalWorker(
      {
        stateFolder,
        rateLimitPerMinute: null,
        vars: {
          TSUGI_DEMO: '1',
          ...(budgetMs === null ? {} : { DECIDE_BUDGET_MS: String(budgetMs) }),
          ADMIN_TOKEN,
          SIGNING_KEY: 'a-signing-key-for-tests-of-32-bytes-or-more',
        },
      },
      ({ level, message }) => {
        if (level === 'error') console.error(message)
      },
    )
    ends.push(async () => worker.stop())
    const shop = await serve({
      port: 0,
      workerUrl: worker.url,
      ...(budgetMs === null ? {} : { budgetMs }),
    })
    ends.push(async () => shop.stop())
    const api = adminApi({ url: worker.url, token: ADMIN_TOKEN })
    await api.saveDraft(await demoConfiguration({ origins: [shop.url] }), null)
    await api.publish('for a test')
    const browser = await chromium.launch({
      executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium',
      args: [
        ...['--no-sandbox', '--disable-quic', '--disable-background-networking'],
        ...['--disable-component-update', '--disable-sync', '--no-first-run'],
      ],
    })
    ends.push(async () => browser.close())
    const ask = async (path: string, body?: unknown): Promise<Response> =>
      fetch(worker.url + path, {
        headers: { authorization: 'Bearer sk_demo', 'content-type': 'application/json' },
        ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
      })
    return { worker, shop, browser, ask, end }
  } catch (error) {
    await end()
    throw error
  }
}

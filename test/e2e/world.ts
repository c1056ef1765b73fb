/** The demo for a test: the built worker, its configuration, the shop, and a browser. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { adminApi } from '../../cli/admin-api.ts'
import { demoConfiguration } from '../../demo/config.ts'
import { serve, type Shop } from '../../demo/server.ts'
import { startLocalWorker, type LocalWorker } from '../../scripts/local-worker.ts'
import { launchChromium } from '../support/chromium.ts'

const ADMIN_TOKEN = 'an-admin-token-for-tests'

/**
 * A machine busy with other tests may take a second for what takes it fifty
 * milliseconds alone, and these tests ask what is shown, not how fast.
 */
const PATIENT_MS = 120_000
export const HASTY_MS = 400

export interface World {
  readonly worker: LocalWorker
  readonly shop: Shop
  /** The same, but its placements are hidden for HASTY_MS at most. */
  readonly hastyShop: Shop
  readonly browser: Browser
  /** With the secret key, as the shop's server would; the answer's JSON. */
  ask<T>(path: string, body?: unknown): Promise<T>
  end(): Promise<void>
}

export async function startWorld(): Promise<World> {
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
          DECIDE_BUDGET_MS: String(PATIENT_MS),
          ADMIN_TOKEN,
          SIGNING_KEY: 'a-signing-key-for-tests-of-32-bytes-or-more',
        },
      },
      ({ level, message }) => {
        if (level === 'error') console.error(message)
      },
    )
    ends.push(async () => worker.stop())
    const open = async (budgetMs: number): Promise<Shop> => {
      const shop = await serve({ port: 0, workerUrl: worker.url, budgetMs })
      ends.push(async () => shop.stop())
      return shop
    }
    const shop = await open(PATIENT_MS)
    const hastyShop = await open(HASTY_MS)
    const api = adminApi({ url: worker.url, token: ADMIN_TOKEN })
    const configuration = await demoConfiguration({ origins: [shop.url, hastyShop.url] })
    await api.saveDraft(configuration, null)
    await api.publish('for a test')
    const browser = await launchChromium()
    ends.push(async () => browser.close())
    const ask = async <T>(path: string, body?: unknown): Promise<T> => {
      const answer = await fetch(worker.url + path, {
        headers: { authorization: 'Bearer sk_demo', 'content-type': 'application/json' },
        ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
      })
      if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`)
      return (await answer.json()) as T
    }
    return { worker, shop, hastyShop, browser, ask, end }
  } catch (error) {
    await end()
    throw error
  }
}

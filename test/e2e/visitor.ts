/** A browser of its own, and everything that it was told, complained of or shown. */
import type { BrowserContextOptions, Page } from 'playwright-core'
import { expect } from 'vitest'
import { newContext } from '../support/chromium.ts'
import type { World } from './world.ts'

export interface Told {
  readonly path: string
  readonly status: number
  readonly body: string
}

export interface Visitor {
  readonly page: Page
  /** What the worker answered, SDK included. */
  readonly told: readonly Told[]
  /** Errors and warnings in the console, uncaught exceptions, violated policies. */
  readonly complaints: readonly string[]
  /** Opens a page of the shop; resolves when the decision for it has been shown. */
  open(path: string): Promise<void>
  /** Does what leads to another page; resolves when the decision for that has been shown. */
  goBy(step: () => Promise<unknown>): Promise<void>
  hero(): Promise<string>
  nudge(): Promise<string>
  anonymousId(): Promise<string>
  leave(): Promise<void>
}

export async function visitor(
  { browser, worker, shop }: World,
  options: BrowserContextOptions & { readonly url?: string } = {},
): Promise<Visitor> {
  const { url = shop.url, ...contextOptions } = options
  const context = await newContext(browser, {
    locale: 'en-US',
    viewport: { width: 1280, height: 860 },
    ...contextOptions,
  })
  const page = await context.newPage()
  const told: Told[] = []
  const complaints: string[] = []
  const reading: Promise<void>[] = []
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('response', (response) => {
    if (!response.url().startsWith(worker.url) || response.request().method() === 'OPTIONS') return
    const read = async (): Promise<void> => {
      const body = await response.text()
      told.push({ path: new URL(response.url()).pathname, status: response.status(), body })
    }
    // The browser drops the body of a beacon's answer once its page is gone.
    reading.push(read().catch(() => undefined))
  })
  await page.exposeFunction('reportViolation', (text: string) => complaints.push(text))
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      const { reportViolation } = window as unknown as {
        reportViolation: (text: string) => void
      }
      reportViolation(`policy: ${event.violatedDirective} ${event.blockedURI}`)
    })
  })

  const goBy = async (step: () => Promise<unknown>): Promise<void> => {
    const decided = page.waitForResponse((response) => response.url().endsWith('/v1/decide'))
    await Promise.all([decided, step()])
    await page.waitForLoadState('load')
    await expect.poll(() => isSettled(page)).toBe(true)
  }
  return {
    page,
    told,
    complaints,
    goBy,
    open: async (path) => goBy(async () => page.goto(url + path)),
    hero: async () => (await page.textContent('.hero-title')) ?? '',
    nudge: async () => (await page.textContent('[data-tsugi-text=message]')) ?? '',
    anonymousId: async () =>
      page.evaluate(() => {
        const stored = localStorage.getItem('tsugi:wk_demo') ?? '{}'
        return (JSON.parse(stored) as { anonymousId: string }).anonymousId
      }),
    leave: async () => {
      await Promise.all(reading)
      await context.close()
    },
  }
}

/** No placement is hidden any more. */
const isSettled = async (page: Page): Promise<boolean> =>
  page.evaluate(() => {
    const placements = [...document.querySelectorAll('[data-tsugi-placement]')]
    return placements.every((element) => getComputedStyle(element).visibility === 'visible')
  })

/** One browser and one capture server for a file of tests; a fresh visitor for each test. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type Page,
} from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest'
import type { Tsugi } from '../../../sdk-browser/api.ts'
import { snippet, type SnippetOptions } from '../../../sdk-browser/snippet.ts'
import { launchChromium, newContext } from '../../support/chromium.ts'
import { CaptureServer } from './capture-server.ts'

declare global {
  interface Window {
    tsugi: Tsugi
  }
}

export const WRITE_KEY = 'wk_test'
export const DIST = join(import.meta.dirname, '../../../dist/sdk')

/** Where the clock of a stopped page stands. */
const STOPPED_MS = Date.UTC(2026, 2, 1)

/** Placements stay hidden for as long as a busy machine may need: how long is what other tests ask. */
const PATIENT_MS = 120_000

export class Stage {
  readonly server = new CaptureServer()
  browser!: Browser
  context!: BrowserContext
  /** Errors that a page threw and nobody caught. */
  errors: string[] = []

  /** A page of the site; what is not said is a page that has the snippet and nothing else. */
  serve(
    path: string,
    page: {
      body?: string
      head?: string
      load?: SnippetOptions['load']
      snippet?: Partial<SnippetOptions>
      headers?: Record<string, string>
    } = {},
  ): void {
    const tags = snippet({
      writeKey: WRITE_KEY,
      host: this.server.api,
      load: { flushMs: 30, budgetMs: PATIENT_MS, ...page.load },
      ...page.snippet,
    })
    this.server.pages[path] = {
      html:
        `<!doctype html><html lang="en"><head><title>Shop ${path}</title>${tags}${page.head ?? ''}` +
        `</head><body>${page.body ?? ''}</body></html>`,
      ...(page.headers && { headers: page.headers }),
    }
  }

  async open(path = '/', context = this.context): Promise<Page> {
    const page = await context.newPage()
    page.on('pageerror', (error) => this.errors.push(error.message))
    await page.goto(this.server.site + path)
    return page
  }

  /**
   * A page where only the test moves the clock. What is painted is painted as
   * ever: `afterFrame` calls back behind the next frame.
   */
  async openStopped(path = '/', prepare?: (page: Page) => Promise<unknown>): Promise<Page> {
    const page = await this.context.newPage()
    page.on('pageerror', (error) => this.errors.push(error.message))
    await page.addInitScript(() => {
      const [frame, later] = [requestAnimationFrame.bind(window), setTimeout.bind(window)]
      Object.assign(window, { afterFrame: (then: () => void) => frame(() => later(then)) })
    })
    await page.clock.install({ time: STOPPED_MS - 1000 })
    await page.clock.pauseAt(STOPPED_MS)
    await prepare?.(page)
    await page.goto(this.server.site + path)
    return page
  }

  async visitor(options: BrowserContextOptions = {}): Promise<BrowserContext> {
    return newContext(this.browser, { viewport: { width: 800, height: 600 }, ...options })
  }

  /** Waits until the server has taken that many events of a name. */
  async arrived(name: string, count = 1): Promise<void> {
    await eventually(() => this.server.named(name).length, name).toBe(count)
  }
}

export function useStage(): Stage {
  const stage = new Stage()
  beforeAll(async () => {
    stage.browser = await launchChromium()
    await stage.server.start()
  })
  afterAll(async () => {
    await stage.browser.close()
    await stage.server.stop()
  })
  beforeEach(async () => {
    stage.server.reset()
    stage.errors = []
    stage.context = await stage.visitor()
  })
  afterEach(async () => {
    await stage.context.close()
    expect(stage.errors).toEqual([])
    expect(stage.server.faults).toEqual([])
    expect(stage.server.preflights, 'no request may need a CORS preflight').toBe(0)
  })
  return stage
}

export const integrity = (): Record<string, string> =>
  JSON.parse(readFileSync(join(DIST, 'integrity.json'), 'utf8')) as Record<string, string>

export const eventually = <T>(read: () => T, message?: string) =>
  expect.poll(read, { interval: 20, ...(message && { message }) })

export const sleep = (ms: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, ms))

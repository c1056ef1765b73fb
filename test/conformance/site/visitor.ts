/** A visitor in real Chromium: what the page asked for, and what went wrong in it. */
import { chromium, type Browser, type Page } from 'playwright-core'
import { findChromium } from '../../../scripts/system/find.ts'

const ARGS = [
  '--no-sandbox',
  '--disable-quic',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
]

export interface Visitor {
  readonly page: Page
  /** Console errors, page errors and requests that failed. */
  readonly errors: readonly string[]
  /** Every origin that the page sent a request to. */
  readonly origins: () => readonly string[]
  /** Bodies of the POSTs so far. */
  readonly posts: () => readonly Post[]
}

interface Post {
  readonly path: string
  // oxlint-disable-next-line typescript/no-explicit-any -- tests read whatever was sent
  readonly body: any
}

export async function launchChromium(): Promise<Browser> {
  const executablePath = findChromium()
  if (executablePath === null) throw new Error('no Chromium: npm test says how to install it')
  return chromium.launch({ executablePath, args: ARGS })
}

/** Somebody new: no cookie, no storage. */
export async function visitor(browser: Browser): Promise<Visitor> {
  const context = await browser.newContext({ locale: 'ja-JP' })
  const page = await context.newPage()
  const errors: string[] = []
  const origins = new Set<string>()
  const posts: Post[] = []
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text())
  })
  page.on('pageerror', (error) => errors.push(String(error)))
  page.on('request', (request) => {
    const url = new URL(request.url())
    if (url.protocol === 'data:') return
    origins.add(url.origin)
    if (request.method() !== 'POST') return
    posts.push({ path: url.pathname, body: JSON.parse(request.postData() ?? 'null') })
  })
  return { page, errors, origins: () => [...origins].sort(), posts: () => posts }
}

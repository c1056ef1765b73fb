/** A visitor in real Chromium: what the page asked for, and what went wrong in it. */
import type { Browser, Page } from 'playwright-core'
import { newContext } from '../../support/chromium.ts'

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

/** Somebody new: no cookie, no storage. */
export async function visitor(browser: Browser): Promise<Visitor> {
  const context = await newContext(browser, { locale: 'ja-JP' })
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

/** A page that hangs does not hold up a test for longer than a step may take, and it is told which. */
import { afterEach, beforeAll, afterAll, expect, test, vi } from 'vitest'
import type { Browser } from 'playwright-core'
import { launchChromium, newContext } from '../support/chromium.ts'
import { LIMITS_MS } from '../support/within.ts'

let browser: Browser
beforeAll(async () => {
  browser = await launchChromium()
})
afterEach(() => void vi.useRealTimers())
afterAll(() => browser.close())

test('a step that Playwright would wait for without an end is given up, and named', async () => {
  const page = await (await newContext(browser)).newPage()
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const step = page.evaluate(() => {
    for (;;);
  })
  const told = expect(step).rejects.toThrow(/^Waited 60 s for page\.evaluate\(.*for \(;;\)/)
  vi.advanceTimersByTime(LIMITS_MS.browserStep)
  await told
  vi.useRealTimers()
  await page.context().close()
})

test('so is one in a page that a page has opened', async () => {
  const context = await newContext(browser)
  const page = await context.newPage()
  const [other] = await Promise.all([
    context.waitForEvent('page'),
    page.evaluate(() => void window.open('about:blank')),
  ])
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const step = other.evaluate(() => new Promise(() => {}))
  const told = expect(step).rejects.toThrow(/^Waited 60 s for page\.evaluate\(/)
  vi.advanceTimersByTime(LIMITS_MS.browserStep)
  await told
  vi.useRealTimers()
  await context.close()
})

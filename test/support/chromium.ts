/** Chromium for tests: it may take its time, as all on a busy machine do. */
import {
  chromium,
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
} from 'playwright-core'
import { findChromium } from '../../scripts/system/find.ts'

const ARGS = [
  '--no-sandbox',
  '--disable-quic',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
]
/** For what hangs. */
const PATIENCE_MS = 240_000

export async function launchChromium(): Promise<Browser> {
  const executablePath = findChromium()
  if (executablePath === null) throw new Error('no Chromium: npm test says how to install it')
  return chromium.launch({ executablePath, args: ARGS, timeout: PATIENCE_MS })
}

/** Somebody new: no cookie, no storage. */
export async function newContext(
  browser: Browser,
  options: BrowserContextOptions = {},
): Promise<BrowserContext> {
  const context = await browser.newContext(options)
  context.setDefaultTimeout(PATIENCE_MS)
  return context
}

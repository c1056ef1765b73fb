/** Chromium for tests: it may take its time, as all on a busy machine do, but not for ever. */
import {
  chromium,
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type Page,
} from 'playwright-core'
import { findChromium } from '../../scripts/system/find.ts'
import { LIMITS_MS, within } from './within.ts'

const ARGS = [
  '--no-sandbox',
  '--disable-quic',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
]

/** What Playwright itself would wait for without an end, as when a page is in a loop. */
const ENDLESS = {
  browser: ['close', 'newContext', 'newPage'],
  context: ['addCookies', 'addInitScript', 'clearCookies', 'close', 'cookies', 'newPage'],
  page: ['addInitScript', 'close', 'content', 'evaluate', 'evaluateHandle', 'exposeFunction'],
  clock: ['fastForward', 'install', 'pauseAt', 'resume', 'runFor', 'setFixedTime'],
  keyboard: ['press', 'type'],
  mouse: ['click', 'down', 'move', 'up', 'wheel'],
} as const

/** `stepLimitMs`: of each step, this one included; it throws telling which one it was. */
export async function launchChromium(
  stepLimitMs: number = LIMITS_MS.browserStep,
): Promise<Browser> {
  const executablePath = findChromium()
  if (executablePath === null) throw new Error('no Chromium: npm test says how to install it')
  const browser = await chromium.launch({ executablePath, args: ARGS, timeout: stepLimitMs })
  const limit = (kind: keyof typeof ENDLESS, target: object): void => {
    for (const name of ENDLESS[kind]) {
      const step = Reflect.get(target, name) as (...args: unknown[]) => Promise<unknown>
      const limited = (...args: unknown[]): Promise<unknown> =>
        within(
          stepLimitMs,
          `${kind}.${name}(${args.map(brief).join(', ')})`,
          step.apply(target, args),
        )
      Object.assign(target, { [name]: limited })
    }
  }
  const limitPage = (page: Page): void => {
    limit('page', page)
    limit('clock', page.clock)
    limit('keyboard', page.keyboard)
    limit('mouse', page.mouse)
  }
  limit('browser', browser)
  browser.on('context', (context) => {
    context.setDefaultTimeout(stepLimitMs)
    limit('context', context)
    context.on('page', limitPage)
  })
  return browser
}

const brief = (argument: unknown): string => {
  const text = typeof argument === 'function' ? String(argument) : (JSON.stringify(argument) ?? '')
  return text.replaceAll(/\s+/g, ' ').slice(0, 200)
}

/** Somebody new: no cookie, no storage. */
export const newContext = (
  browser: Browser,
  options: BrowserContextOptions = {},
): Promise<BrowserContext> => browser.newContext(options)

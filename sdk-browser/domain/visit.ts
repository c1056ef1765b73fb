/** A visit is page after page: each makes one page event, and one question for its placements. */
import type { Answer, EventOptions, Properties } from '../api.ts'
import { settings } from '../boot/settings.ts'
import { whenParsed } from '../browser/lifecycle.ts'
import { onNavigation } from '../browser/navigation.ts'
import { pageNow, setReferrer } from '../browser/page.ts'
import { decide } from './decider.ts'
import { fillIn, findPlacements, isNew, keyOf } from './placements.ts'
import { record } from './recorder.ts'
import { choice } from './visitor.ts'

/** When the snippet began to hide the first page's placements; none after that page. */
let sinceMs: number | undefined
/** Ends what the snippet hid. */
let unveil: () => void
/** This page has had no page event yet. */
let pageDue = false
let planned = false
let frame: number | undefined

const personalize = async (
  elements: readonly HTMLElement[],
  startedMs: number,
  keys: readonly string[] = [],
  context: Properties = {},
): Promise<Answer> => {
  const untilMs = startedMs + (settings.budgetMs ?? 300)
  return fillIn(elements, untilMs, async (found) =>
    decide([...new Set([...keys, ...found])], context, untilMs),
  )
}

const recordPage = (
  texts: readonly string[],
  properties: Properties,
  options?: EventOptions,
): void => {
  pageDue = false
  const [name, category] = [...texts].reverse()
  record('page', { name, category, properties: { ...pageNow(), ...properties } }, options)
}

const visitPage = (): void => {
  planned = false
  if (pageDue) recordPage([], {})
  if (choice('personalization')) void personalize(findPlacements(), sinceMs ?? Date.now())
  unveil()
  sinceMs = undefined
}

/** Not at once: the new page's title and placements are there a moment later. */
export const planPage = (): void => {
  if (!planned) whenParsed(visitPage)
  planned = true
}

/** The page event that the site words itself; the automatic one is left out. */
export const page = (...args: Parameters<typeof recordPage>): void => {
  recordPage(...args)
  planPage()
}

/** Without `keys`, for every placement in the page. */
export const decideNow = async (
  keys?: readonly string[],
  context?: Properties,
): Promise<Answer> => {
  await new Promise<void>(whenParsed)
  const elements = findPlacements().filter((element) => keys?.includes(keyOf(element)) ?? true)
  return personalize(elements, Date.now(), keys, context)
}

const fillAdded = (): void => {
  frame = undefined
  if (planned || sinceMs !== undefined || !choice('personalization')) return
  const added = findPlacements().filter(isNew)
  if (added[0]) void personalize(added, Date.now())
}

export const openVisit = (hiddenSinceMs: number, endHiding: () => void): void => {
  sinceMs = hiddenSinceMs
  unveil = endHiding
  if (settings.pages !== 'manual') {
    pageDue = true
    planPage()
    onNavigation((cameFrom) => {
      setReferrer(cameFrom)
      pageDue = true
      planPage()
    })
  }
  new MutationObserver(() => {
    // Before the next paint, and once however much changes until then.
    frame ??= requestAnimationFrame(fillAdded)
  }).observe(document, { childList: true, subtree: true })
}

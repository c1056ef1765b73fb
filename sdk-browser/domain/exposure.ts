/** Notices by itself what becomes of a decision: seen, clicked, dismissed. */
import { track } from './recorder.ts'

/** Half the pixels, for one second without a break, in a visible document. */
const SEEN_RATIO = 0.5
const SEEN_MS = 1000
const CLICKABLE = 'a,area,button,summary,[role=button],input[type=submit],input[type=button]'

const decisions = new WeakMap<Element, string>()
/** Those that are in view, with the clock that runs while the document is visible. */
const inView = new Map<Element, ReturnType<typeof setTimeout> | undefined>()
const seen = new Set<string>()
let observer: IntersectionObserver

const stop = (element: Element): void => {
  clearTimeout(inView.get(element))
  inView.delete(element)
}

/** CSS may hide what lies within the viewport, as the slides of a carousel do. */
const isHidden = (element: Element): boolean =>
  !(element.checkVisibility?.({ opacityProperty: true, visibilityProperty: true }) ?? true)

const count = (element: Element): void => {
  stop(element)
  const seeing = (): void => {
    if (isHidden(element)) return count(element)
    const decisionId = decisions.get(element)
    observer.unobserve(element)
    stop(element)
    if (!decisionId || seen.has(decisionId)) return
    seen.add(decisionId)
    track('$impression', { decisionId })
  }
  inView.set(element, document.hidden ? undefined : setTimeout(seeing, SEEN_MS))
}

export const watch = (element: Element, decisionId: string): void => {
  decisions.set(element, decisionId)
  observer.observe(element)
}

export const unwatch = (element: Element): void => {
  decisions.delete(element)
  observer.unobserve(element)
  stop(element)
}

const onClick = ({ target, type, button }: MouseEvent): void => {
  // The middle button opens a link; the right one only a menu.
  if (!(target instanceof Element) || (type === 'auxclick' && button !== 1)) return
  const dismiss = target.closest('[data-tsugi-dismiss]')
  let element = dismiss ?? target.closest(CLICKABLE)
  while (element && !decisions.has(element)) element = element.parentElement
  if (!element) return
  track(dismiss ? '$dismiss' : '$click', { decisionId: decisions.get(element) })
  if (dismiss) {
    ;(element as HTMLElement).style.display = 'none'
    unwatch(element)
  }
}

export const openExposures = (): void => {
  observer = new IntersectionObserver(
    (entries) => {
      for (const { target, intersectionRatio, boundingClientRect } of entries) {
        const hasPixels = boundingClientRect.width * boundingClientRect.height > 0
        if (intersectionRatio >= SEEN_RATIO && hasPixels) count(target)
        else stop(target)
      }
    },
    { threshold: SEEN_RATIO },
  )
  document.addEventListener('visibilitychange', () => [...inView.keys()].forEach(count))
  addEventListener('click', onClick, true)
  addEventListener('auxclick', onClick, true)
}

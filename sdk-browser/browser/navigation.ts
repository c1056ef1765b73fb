/** A fragment is a place of its own only for routers that write `#/` or `#!`. */
const place = (): string => location.href.replace(/#(?![/!]).*/, '')

/**
 * Calls back when the visitor is on another page without a new document:
 * pushState, replaceState, back and forward, or out of the back/forward cache.
 */
export const onNavigation = (listener: (cameFrom: string) => void): void => {
  let current = place()
  const check = (): void => {
    const cameFrom = current
    current = place()
    if (current !== cameFrom) listener(cameFrom)
  }
  for (const name of ['pushState', 'replaceState'] as const) {
    const original = history[name]
    history[name] = function (...args) {
      original.apply(this, args)
      check()
    }
  }
  addEventListener('popstate', check)
  addEventListener('pageshow', (event) => {
    if (event.persisted) listener(document.referrer)
  })
}

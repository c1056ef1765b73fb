/** Moments in a document's life. */
const prerendering = (): boolean =>
  (document as Document & { readonly prerendering?: boolean }).prerendering === true

/** Once the page is for a visitor; a prerendered one may never be. Tells whether it waited. */
export const whenActivated = (then: (waited: boolean) => void): void => {
  if (prerendering()) {
    document.addEventListener('prerenderingchange', () => then(true), { once: true })
  } else then(false)
}

/** Once the markup has been read, so that every placement is there. */
export const whenParsed = (then: () => void): void => {
  if (document.readyState === 'loading') {
    document.addEventListener('DOMContentLoaded', then, { once: true })
  } else setTimeout(then)
}

/**
 * Perhaps the last chance to send. Phones kill a hidden page without a word, and
 * Safari leaves out visibilitychange when a link is followed; both are needed.
 * https://www.igvita.com/2015/11/20/dont-lose-user-and-app-state-use-page-visibility/
 */
export const onLeave = (listener: () => void): void => {
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) listener()
  })
  addEventListener('pagehide', listener)
}

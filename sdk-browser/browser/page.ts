/** What the browser tells about the page and the visitor's settings, in the Segment spec's words. */
import type { Properties } from '../api.ts'

let referrer: string | undefined

/** In a single-page application the last page led here, not the document's referrer. */
export const setReferrer = (url: string): void => {
  referrer = url
}

export const pageNow = (): Properties => ({
  url: location.href,
  path: location.pathname,
  referrer: referrer ?? document.referrer,
  title: document.title,
  search: location.search,
})

/** utm_source=x&utm_campaign=y → { source: 'x', name: 'y' }; undefined without any. */
const campaign = (): Properties | undefined => {
  let found: Record<string, string> | undefined
  for (const [key, value] of new URLSearchParams(location.search)) {
    if (key.startsWith('utm_')) {
      found = { ...found, [key === 'utm_campaign' ? 'name' : key.slice(4)]: value }
    }
  }
  return found
}

/** https://globalprivacycontrol.github.io/gpc-spec/ */
export const privacyControl = (): boolean =>
  (navigator as Navigator & { readonly globalPrivacyControl?: boolean }).globalPrivacyControl ===
  true

export const contextNow = (): Properties => ({
  page: pageNow(),
  campaign: campaign(),
  locale: navigator.language,
  timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  userAgent: navigator.userAgent,
  library: { name: 'tsugi.js', version: __VERSION__ },
  ...(privacyControl() && { gpc: true }),
})

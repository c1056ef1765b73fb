/** Links and images lead to http(s), or stay on the site. */
export function isSafeLink(link: string): boolean {
  // Browsers drop control characters and blanks inside a scheme, so they may not stand in it.
  if (/[\u0000-\u0020\u007f]/.test(link)) return false
  return /^https?:\/\//i.test(link) || /^(?![a-z][a-z0-9+.-]*:|\/\/|\\|\/\\)/i.test(link)
}

/**
 * Content into markup: `data-tsugi-text="title"` and its kin say which field an
 * element shows. Every change can be undone, so that the page's own content comes
 * back as it was, listeners and all.
 */
import type { ContentValue, DecisionItem } from '../api.ts'

export type Undo = () => void
type Put = (element: Element, value: ContentValue, undo: Undo[]) => void

const setAttribute = (element: Element, name: string, value: string | null): void =>
  value === null ? element.removeAttribute(name) : element.setAttribute(name, value)

const changeAttribute = (element: Element, name: string, to: string | null, undo: Undo[]): void => {
  const before = element.getAttribute(name)
  undo.push(() => setAttribute(element, name, before))
  setAttribute(element, name, to)
}

export const changeChildren = (element: Element, undo: Undo[], to: readonly Node[]): void => {
  const before = [...element.childNodes]
  undo.push(() => element.replaceChildren(...before))
  element.replaceChildren(...to)
}

const isWebAddress = (value: string): boolean => {
  try {
    return /^https?:$/.test(new URL(value, document.baseURI).protocol)
  } catch {
    return false
  }
}

/** `javascript:` and every other scheme is refused: the page's own address stays. */
const address =
  (attribute: string): Put =>
  (element, value, undo) => {
    if (typeof value !== 'string' || !isWebAddress(value)) return
    changeAttribute(element, attribute, value, undo)
    // A srcset would win over the new src.
    if (attribute === 'src') changeAttribute(element, 'srcset', null, undo)
  }

const text: Put = (element, value, undo) => {
  if (typeof value === 'string') changeChildren(element, undo, [new Text(value)])
}

/** Pages that demand Trusted Types name the policy `tsugi` in their CSP. */
interface TrustedTypes {
  createPolicy(name: string, rules: { createHTML: (html: string) => string }): typeof trusted
}
let trusted: { createHTML(html: string): string } | undefined

/** Only what arrives as { html } was sanitized at publish; a plain string is text. */
const html: Put = (element, value, undo) => {
  if (typeof value === 'string') return text(element, value, undo)
  if (typeof value.html !== 'string') return
  trusted ??= (window as { trustedTypes?: TrustedTypes }).trustedTypes?.createPolicy('tsugi', {
    createHTML: (same) => same,
  }) ?? { createHTML: (same) => same }
  const template = document.createElement('template')
  template.innerHTML = trusted.createHTML(value.html)
  changeChildren(element, undo, [...template.content.childNodes])
}

const KINDS: { readonly [kind: string]: Put } = {
  text,
  image: address('src'),
  alt: (element, value, undo) => {
    if (typeof value === 'string') changeAttribute(element, 'alt', value, undo)
  },
  link: address('href'),
  html,
}

/** Fills `root` and what is in it. */
export const fill = (root: Element, content: DecisionItem['content'], undo: Undo[]): void => {
  for (const kind in KINDS) {
    const attribute = `data-tsugi-${kind}`
    for (const element of [root, ...root.querySelectorAll(`[${attribute}]`)]) {
      const value = content[element.getAttribute(attribute) ?? '']
      if (value != null) KINDS[kind]?.(element, value, undo)
    }
  }
}

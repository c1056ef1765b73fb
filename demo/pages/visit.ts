/** What a page may know of the request it answers, and what it gives back. */
import type { Html } from '../html.ts'
import type { Cart } from '../shop/cart.ts'
import type { Customer } from '../shop/customer.ts'
import type { News } from '../shop/news.ts'
import type { Call } from '../shop/tracking.ts'
import type { Words } from '../words/en.ts'
import type { Language } from '../words/language.ts'

/** The utm parameters of the address this visit began with. */
export type Campaign = { readonly [part: string]: string }

export interface Visit {
  /** Path without the query. */
  readonly path: string
  readonly language: Language
  readonly words: Words
  readonly cart: Cart
  readonly customer: Customer | null
  /** What happened just before; told once. */
  readonly news: News | null
  readonly campaign: Campaign | null
  readonly personalized: boolean
}

export interface Page {
  readonly status?: number
  readonly title: string
  readonly body: Html
  /** How the banner stands on this page. */
  readonly hero: 'full' | 'slim' | 'none'
  /** Whether the line above the header is the cart nudge; the cart has its own. */
  readonly nudge: boolean
  /** Tracked when the page opens. */
  readonly calls: readonly Call[]
}

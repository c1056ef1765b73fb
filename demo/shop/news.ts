/**
 * What just happened, told to the next page so that it can be tracked there
 * once: a form posts, the answer redirects, and a reload finds the news gone.
 */
import { type Cart, readCart, writeCart } from './cart.ts'
import { findProduct, type Product } from './products.ts'

export type News =
  | { readonly kind: 'added'; readonly product: Product }
  | { readonly kind: 'removed'; readonly product: Product }
  | { readonly kind: 'ordered'; readonly orderId: string; readonly cart: Cart }
  | { readonly kind: 'signed-up' }
  | { readonly kind: 'logged-in' }
  | { readonly kind: 'logged-out' }
  | { readonly kind: 'personalization-on' }
  | { readonly kind: 'personalization-off' }

export const ORDER_ID = /^IN-[0-9A-F]{8}$/

export function writeNews(news: News): string {
  switch (news.kind) {
    case 'added':
    case 'removed':
      return `${news.kind}:${news.product.id}`
    case 'ordered':
      return `ordered:${news.orderId}:${writeCart(news.cart)}`
    case 'signed-up':
    case 'logged-in':
    case 'logged-out':
    case 'personalization-on':
    case 'personalization-off':
      return news.kind
  }
}

export function readNews(text: string | undefined): News | null {
  const [kind, id = '', rest] = (text ?? '').split(':')
  switch (kind) {
    case 'added':
    case 'removed': {
      const product = findProduct(id)
      return product === undefined ? null : { kind, product }
    }
    case 'ordered': {
      const cart = readCart(rest)
      return ORDER_ID.test(id) && cart.length > 0 ? { kind, orderId: id, cart } : null
    }
    case 'signed-up':
    case 'logged-in':
    case 'logged-out':
    case 'personalization-on':
    case 'personalization-off':
      return { kind }
    default:
      return null
  }
}

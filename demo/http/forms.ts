/** What the shop's forms do: each changes a cookie or two and sends the visitor on. */
import { randomBytes } from 'node:crypto'
import { accountPage } from '../pages/account.ts'
import { checkoutPage } from '../pages/checkout.ts'
import type { Page, Visit } from '../pages/visit.ts'
import { addToCart, removeFromCart, writeCart } from '../shop/cart.ts'
import { customerOf, writeCustomer, type Customer } from '../shop/customer.ts'
import { writeNews, type News } from '../shop/news.ts'
import { findProduct, type Product } from '../shop/products.ts'
import { Refusal } from './read.ts'
import { cookie, redirect, type Reply } from './reply.ts'

type Form = (visit: Visit, fields: URLSearchParams) => Reply | Page

const NEWS_SECONDS = 60
const tell = (news: News): string => cookie('news', writeNews(news), NEWS_SECONDS)

const productIn = (fields: URLSearchParams): Product => {
  const product = findProduct(fields.get('product') ?? '')
  if (product === undefined) throw new Refusal(400, 'no such product')
  return product
}

const customerIn = (fields: URLSearchParams): Customer | null =>
  customerOf(fields.get('email') ?? '', fields.get('name') ?? '')

const enter = (customer: Customer, kind: 'logged-in' | 'signed-up'): Reply =>
  redirect('/account', [cookie('customer', writeCustomer(customer)), tell({ kind })])

/** Path → what posting there does; a Page is shown instead of sending the visitor on. */
export const FORMS: ReadonlyMap<string, Form> = new Map<string, Form>([
  [
    '/cart/add',
    ({ cart }, fields) => {
      const product = productIn(fields)
      const cookies = [cookie('cart', writeCart(addToCart(cart, product)))]
      return redirect('/cart', [...cookies, tell({ kind: 'added', product })])
    },
  ],
  [
    '/cart/remove',
    ({ cart }, fields) => {
      const product = productIn(fields)
      const cookies = [cookie('cart', writeCart(removeFromCart(cart, product)))]
      return redirect('/cart', [...cookies, tell({ kind: 'removed', product })])
    },
  ],
  [
    '/checkout',
    (visit, fields) => {
      const { cart } = visit
      if (cart.length === 0) return redirect('/cart', [])
      const customer = customerIn(fields)
      if (customer === null) return checkoutPage(visit, visit.words.emailWrong)
      const orderId = `IN-${randomBytes(4).toString('hex').toUpperCase()}`
      return redirect(`/thank-you/${orderId}`, [
        cookie('cart', ''),
        cookie('customer', writeCustomer(customer)),
        tell({ kind: 'ordered', orderId, cart }),
      ])
    },
  ],
  [
    '/account/log-in',
    (visit, fields) => {
      fields.delete('name')
      const customer = customerIn(fields)
      return customer === null
        ? accountPage(visit, visit.words.emailWrong)
        : enter(customer, 'logged-in')
    },
  ],
  [
    '/account/sign-up',
    (visit, fields) => {
      const customer = customerIn(fields)
      return customer === null
        ? accountPage(visit, visit.words.emailWrong)
        : enter(customer, 'signed-up')
    },
  ],
  [
    '/account/log-out',
    () => redirect('/account', [cookie('customer', ''), tell({ kind: 'logged-out' })]),
  ],
  [
    '/privacy',
    (_visit, fields) => {
      const on = fields.get('personalization') === 'on'
      const back = fields.get('back') ?? ''
      return redirect(/^\/(?:[\w-]+\/?)*$/.test(back) && back.length < 200 ? back : '/', [
        cookie('personalization', on ? '' : 'off'),
        tell({ kind: on ? 'personalization-on' : 'personalization-off' }),
      ])
    },
  ],
])

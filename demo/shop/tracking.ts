/**
 * What the shop tells Tsugi, under the names of Segment's e-commerce events:
 * https://segment.com/docs/connections/spec/ecommerce/v2/
 */
import { totalYen, type Cart } from './cart.ts'
import type { Customer } from './customer.ts'
import type { News } from './news.ts'
import { productsOf, type Category, type Product } from './products.ts'

/** One call of the SDK, as it will stand in the page: the method, then its arguments. */
export type Call = readonly [
  method: 'track' | 'identify' | 'reset' | 'consent',
  ...args: readonly unknown[],
]

const CURRENCY = 'JPY'

/** Names stay English, so that one product is one product in every report. */
const productFields = (product: Product) => ({
  product_id: product.id,
  name: product.name.en,
  category: product.category,
  price: product.priceYen,
  currency: CURRENCY,
})

const lines = (cart: Cart) =>
  cart.map(({ product, quantity }) => ({ ...productFields(product), quantity }))

export const listViewed = (category: Category): Call => [
  'track',
  'Product List Viewed',
  { category, products: productsOf(category).map(productFields) },
]

export const productViewed = (product: Product): Call => [
  'track',
  'Product Viewed',
  productFields(product),
]

export const cartViewed = (cart: Cart): Call => [
  'track',
  'Cart Viewed',
  { products: lines(cart), value: totalYen(cart), currency: CURRENCY },
]

export const checkoutStarted = (cart: Cart): Call => [
  'track',
  'Checkout Started',
  { products: lines(cart), value: totalYen(cart), currency: CURRENCY },
]

const identify = ({ userId, email, name }: Customer): Call => [
  'identify',
  userId,
  { email, ...(name === '' ? {} : { name }) },
]

/** The calls for what happened just before this page. */
export function callsFor(news: News, customer: Customer | null): Call[] {
  const who = customer === null ? [] : [identify(customer)]
  switch (news.kind) {
    case 'added':
      return [['track', 'Product Added', { ...productFields(news.product), quantity: 1 }]]
    case 'removed':
      return [['track', 'Product Removed', { ...productFields(news.product), quantity: 1 }]]
    case 'ordered':
      return [
        ...who,
        [
          'track',
          'Order Completed',
          {
            order_id: news.orderId,
            revenue: totalYen(news.cart),
            currency: CURRENCY,
            products: lines(news.cart),
          },
        ],
      ]
    case 'signed-up':
      return [...who, ['track', 'Signed Up', {}]]
    case 'logged-in':
      return [...who, ['track', 'Signed In', {}]]
    case 'logged-out':
      return [['track', 'Signed Out', {}], ['reset']]
    case 'personalization-on':
      return [['consent', { personalization: true }]]
    case 'personalization-off':
      return [['consent', { personalization: false }]]
  }
}

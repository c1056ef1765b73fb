/** The cart: which products, how many. It lives in a cookie as "id*2.id*1". */
import { findProduct, type Product } from './products.ts'

export interface CartLine {
  readonly product: Product
  readonly quantity: number
}
export type Cart = readonly CartLine[]

const MAX_QUANTITY = 9

/** Whatever it cannot understand, a cookie being anybody's to change, it leaves out. */
export function readCart(text: string | undefined): Cart {
  const quantities = new Map<Product, number>()
  for (const part of (text ?? '').split('.')) {
    const [id = '', count = ''] = part.split('*')
    const product = findProduct(id)
    if (product === undefined || !/^[1-9]$/.test(count)) continue
    quantities.set(product, Number(count))
  }
  return [...quantities].map(([product, quantity]) => ({ product, quantity }))
}

export const writeCart = (cart: Cart): string =>
  cart.map(({ product, quantity }) => `${product.id}*${quantity}`).join('.')

export function addToCart(cart: Cart, product: Product): Cart {
  const standing = cart.find((line) => line.product === product)
  const quantity = Math.min((standing?.quantity ?? 0) + 1, MAX_QUANTITY)
  return standing === undefined
    ? [...cart, { product, quantity }]
    : cart.map((line) => (line === standing ? { product, quantity } : line))
}

export const removeFromCart = (cart: Cart, product: Product): Cart =>
  cart.filter((line) => line.product !== product)

export const totalYen = (cart: Cart): number =>
  cart.reduce((sum, { product, quantity }) => sum + product.priceYen * quantity, 0)

export const pieceCount = (cart: Cart): number =>
  cart.reduce((sum, { quantity }) => sum + quantity, 0)

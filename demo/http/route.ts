/** Which page answers which path. */
import { accountPage } from '../pages/account.ts'
import { cartPage } from '../pages/cart.ts'
import { categoryPage } from '../pages/category.ts'
import { checkoutPage, thankYouPage } from '../pages/checkout.ts'
import { faultPage } from '../pages/fault.ts'
import { homePage } from '../pages/home.ts'
import { productPage } from '../pages/product.ts'
import type { Page, Visit } from '../pages/visit.ts'
import { ORDER_ID } from '../shop/news.ts'
import { findProduct, isCategory } from '../shop/products.ts'

export function pageFor(visit: Visit): Page {
  const [, room = '', id = '', ...rest] = visit.path.split('/')
  if (rest.length > 0) return faultPage(404, visit)
  if (id !== '') return pageOf(room, id, visit) ?? faultPage(404, visit)
  switch (visit.path) {
    case '/':
      return homePage(visit)
    case '/cart':
      return cartPage(visit)
    case '/checkout':
      return visit.cart.length === 0 ? cartPage(visit) : checkoutPage(visit)
    case '/account':
      return accountPage(visit)
    default:
      return faultPage(404, visit)
  }
}

function pageOf(room: string, id: string, visit: Visit): Page | null {
  const product = findProduct(id)
  if (room === 'c' && isCategory(id)) return categoryPage(id, visit)
  if (room === 'p' && product !== undefined) return productPage(product, visit)
  if (room === 'thank-you' && ORDER_ID.test(id)) return thankYouPage(id, visit)
  return null
}

import { html, type Html } from '../html.ts'
import { totalYen, type CartLine } from '../shop/cart.ts'
import { cartViewed } from '../shop/tracking.ts'
import { formatYen } from '../words/language.ts'
import { cartNudge } from './placements.ts'
import type { Page, Visit } from './visit.ts'

export function cartPage(visit: Visit): Page {
  const { words, cart } = visit
  return {
    title: `${words.cart} — ${words.shop}`,
    hero: 'none',
    nudge: false,
    calls: [cartViewed(cart)],
    body: html` <header class="page-head"><h1>${words.cart}</h1></header>
      ${cart.length === 0 ? emptyCart(visit) : fullCart(visit)}`,
  }
}

const emptyCart = (visit: Visit): Html =>
  html` <p>${visit.words.cartEmpty}</p>
    ${cartNudge(visit, 'card')}
    <p><a class="button" href="/c/knitwear">${visit.words.keepLooking}</a></p>`

const fullCart = (visit: Visit): Html =>
  html` <div class="cart">
    <ul class="cart-lines">
      ${visit.cart.map((line) => cartLine(line, visit))}
    </ul>
    <section class="cart-sum">
      <p class="cart-total">
        <span>${visit.words.total}</span>
        <strong>${formatYen(totalYen(visit.cart), visit.language)}</strong>
      </p>
      ${cartNudge(visit, 'card')}
      <a class="button" href="/checkout">${visit.words.checkout}</a>
      <a class="link" href="/c/knitwear">${visit.words.keepLooking}</a>
    </section>
  </div>`

const cartLine = ({ product, quantity }: CartLine, { words, language }: Visit): Html => {
  const name = product.name[language]
  return html` <li class="cart-line">
    <a href="/p/${product.id}"
      ><img src="/art/${product.id}.svg" alt="" width="96" height="120"
    /></a>
    <div>
      <a class="cart-name" href="/p/${product.id}">${name}</a>
      <p class="tile-made">${words.quantity} ${quantity}</p>
      <form method="post" action="/cart/remove">
        <input type="hidden" name="product" value="${product.id}" />
        <button class="link" type="submit" aria-label="${words.removeLong(name)}">
          ${words.remove}
        </button>
      </form>
    </div>
    <p class="cart-price">${formatYen(product.priceYen * quantity, language)}</p>
  </li>`
}

import { html } from '../html.ts'
import { totalYen } from '../shop/cart.ts'
import { checkoutStarted } from '../shop/tracking.ts'
import { formatYen } from '../words/language.ts'
import { field } from './field.ts'
import type { Page, Visit } from './visit.ts'

/** @param wrong what to say of the form that was just refused */
export function checkoutPage(visit: Visit, wrong: string | null = null): Page {
  const { words, cart, customer, language } = visit
  return {
    status: wrong === null ? 200 : 422,
    title: `${words.checkoutTitle} — ${words.shop}`,
    hero: 'none',
    nudge: false,
    calls: wrong === null ? [checkoutStarted(cart)] : [],
    body: html` <header class="page-head">
        <h1>${words.checkoutTitle}</h1>
        <p>${words.checkoutLine}</p>
      </header>
      ${wrong !== null && html`<p class="notice notice-wrong" role="alert">${wrong}</p>`}
      <div class="cart">
        <form class="form" method="post" action="/checkout">
          ${field({ label: words.name, name: 'name', autocomplete: 'name', value: customer?.name })}
          ${field({ label: words.email, name: 'email', type: 'email', autocomplete: 'email', value: customer?.email })}
          <button class="button" type="submit">${words.placeOrder}</button>
        </form>
        <section class="cart-sum">
          <ul class="sum-lines">
            ${cart.map(
              ({ product, quantity }) =>
                html`<li>
                  <span>${product.name[language]} × ${quantity}</span>
                  <span>${formatYen(product.priceYen * quantity, language)}</span>
                </li>`,
            )}
          </ul>
          <p class="cart-total">
            <span>${words.total}</span> <strong>${formatYen(totalYen(cart), language)}</strong>
          </p>
        </section>
      </div>`,
  }
}

export function thankYouPage(orderId: string, visit: Visit): Page {
  const { words } = visit
  return {
    title: `${words.thanks} — ${words.shop}`,
    hero: 'none',
    nudge: true,
    calls: [],
    body: html` <header class="page-head">
        <h1>${words.thanks}</h1>
        <p>${words.thanksLine}</p>
        <p>${words.orderNumber} <strong>${orderId}</strong></p>
      </header>
      <p><a class="button" href="/">${words.keepLooking}</a></p>`,
  }
}

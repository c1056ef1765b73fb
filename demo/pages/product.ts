import { html } from '../html.ts'
import { productsOf, type Product } from '../shop/products.ts'
import { productViewed } from '../shop/tracking.ts'
import { formatYen } from '../words/language.ts'
import { tiles } from './tiles.ts'
import type { Page, Visit } from './visit.ts'

export function productPage(product: Product, visit: Visit): Page {
  const { words, language } = visit
  const category = words.categories[product.category]
  const others = productsOf(product.category).filter((other) => other !== product)
  return {
    title: `${product.name[language]} — ${words.shop}`,
    hero: 'slim',
    nudge: true,
    calls: [productViewed(product)],
    body: html` <nav class="crumbs" aria-label="${words.nav}">
        <a href="/">${words.home}</a> <span aria-hidden="true">/</span>
        <a href="/c/${product.category}">${category}</a>
      </nav>
      <article class="product">
        <img class="product-image" src="/art/${product.id}.svg" alt="" width="480" height="600" />
        <div class="product-text">
          <h1>${product.name[language]}</h1>
          <p class="product-made">${product.made[language]}</p>
          <p class="product-price">
            ${formatYen(product.priceYen, language)} <small>${words.taxIncluded}</small>
          </p>
          <form method="post" action="/cart/add">
            <input type="hidden" name="product" value="${product.id}" />
            <button class="button" type="submit">${words.addToCart}</button>
          </form>
          <p class="product-story">${product.story[language]}</p>
        </div>
      </article>
      <section aria-labelledby="others">
        <h2 id="others" class="section-title">${words.alsoIn(category)}</h2>
        ${tiles(others.slice(0, 3), visit)}
      </section>`,
  }
}

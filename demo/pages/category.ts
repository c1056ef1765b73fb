import { html } from '../html.ts'
import { productsOf, type Category } from '../shop/products.ts'
import { listViewed } from '../shop/tracking.ts'
import { tilesWithSlot } from './tiles.ts'
import type { Page, Visit } from './visit.ts'

export function categoryPage(category: Category, visit: Visit): Page {
  const { words } = visit
  return {
    title: `${words.categories[category]} — ${words.shop}`,
    hero: 'slim',
    nudge: true,
    calls: [listViewed(category)],
    body: html` <header class="page-head">
        <h1>${words.categories[category]}</h1>
        <p>${words.categoryLines[category]}</p>
      </header>
      ${tilesWithSlot(productsOf(category), visit)}`,
  }
}

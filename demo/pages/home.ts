import { html } from '../html.ts'
import { CATEGORIES, findProduct, type Product } from '../shop/products.ts'
import { tilesWithSlot } from './tiles.ts'
import type { Page, Visit } from './visit.ts'

const CHOSEN = ['snow-yoke', 'kasuri-shirt', 'sashiko-tote', 'linen-stole']

export function homePage(visit: Visit): Page {
  const { words } = visit
  const chosen = CHOSEN.map(findProduct).filter((p): p is Product => p !== undefined)
  return {
    title: `${words.shop} — ${words.tagline}`,
    hero: 'full',
    nudge: true,
    calls: [],
    body: html` <h1 class="unseen">${words.shop}</h1>
      <section aria-labelledby="chosen">
        <h2 id="chosen" class="section-title">${words.chosen}</h2>
        ${tilesWithSlot(chosen, visit)}
      </section>
      <nav aria-label="${words.nav}">
        <ul class="shelves">
          ${CATEGORIES.map(
            (category) =>
              html` <li>
                <a class="shelf shelf-${category}" href="/c/${category}">
                  <span class="shelf-name">${words.categories[category]}</span>
                  <span class="shelf-line">${words.categoryLines[category]}</span>
                </a>
              </li>`,
          )}
        </ul>
      </nav>`,
  }
}

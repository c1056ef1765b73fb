/** Products as a grid of pictures, with the slot among them. */
import { html, type Html } from '../html.ts'
import type { Product } from '../shop/products.ts'
import { formatYen } from '../words/language.ts'
import { listSlot } from './placements.ts'
import type { Visit } from './visit.ts'

const tile = ({ id, name, made, priceYen }: Product, { language }: Visit): Html =>
  html` <li class="tile">
    <a href="/p/${id}">
      <img src="/art/${id}.svg" alt="" width="480" height="600" />
      <span class="tile-name">${name[language]}</span>
      <span class="tile-made">${made[language]}</span>
      <span class="tile-price">${formatYen(priceYen, language)}</span>
    </a>
  </li>`

export const tiles = (products: readonly Product[], visit: Visit): Html =>
  html`<ul class="tiles">
    ${products.map((product) => tile(product, visit))}
  </ul>`

/** The slot is as wide as makes the last row of three full. */
export const tilesWithSlot = (products: readonly Product[], visit: Visit): Html =>
  html` <ul class="tiles">
    ${products.map((product) => tile(product, visit))}
    ${listSlot(visit, products.length % 3 === 1 ? 2 : 3)}
  </ul>`

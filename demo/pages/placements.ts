/**
 * The three regions that Tsugi may fill. The markup in them is the shop's own
 * and shows whenever nothing better is known.
 */
import { html, type Html } from '../html.ts'
import type { Visit } from './visit.ts'

export const hero = ({ words }: Visit, size: 'full' | 'slim'): Html =>
  html` <section
    class="hero hero-${size}"
    data-tsugi-placement="hero"
    aria-label="${words.tagline}"
  >
    <div class="hero-text">
      <p class="eyebrow" data-tsugi-text="eyebrow">${words.hero.eyebrow}</p>
      <h2 class="hero-title" data-tsugi-text="title">${words.hero.title}</h2>
      <p class="hero-body" data-tsugi-text="body">${words.hero.body}</p>
      <a class="button" href="/c/knitwear" data-tsugi-link="link" data-tsugi-text="cta"
        >${words.hero.cta}</a
      >
    </div>
    <img
      class="hero-image"
      data-tsugi-image="image"
      src="/art/season.svg"
      alt=""
      width="960"
      height="640"
    />
  </section>`

/** @param columns how many columns of three the slot takes */
export const listSlot = ({ words }: Visit, columns: 2 | 3): Html =>
  html` <li class="slot slot-${columns}" data-tsugi-placement="list-slot">
    <img
      class="slot-image"
      data-tsugi-image="image"
      src="/art/carry.svg"
      alt=""
      width="960"
      height="640"
    />
    <div class="slot-text">
      <p class="eyebrow" data-tsugi-text="eyebrow">${words.slot.eyebrow}</p>
      <div class="slot-note" data-tsugi-html="note"><p>${words.slot.note}</p></div>
      <a class="link" href="/c/bags" data-tsugi-link="link" data-tsugi-text="cta"
        >${words.slot.cta}</a
      >
    </div>
  </li>`

export const cartNudge = ({ words }: Visit, where: 'strip' | 'card'): Html =>
  html` <aside class="nudge nudge-${where}" data-tsugi-placement="cart-nudge">
    <p class="nudge-text">
      <span data-tsugi-text="message">${words.nudge.message}</span>
      <a class="link" href="/c/knitwear" data-tsugi-link="link" data-tsugi-text="cta"
        >${words.nudge.cta}</a
      >
    </p>
  </aside>`

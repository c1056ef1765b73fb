/** The frame around every page: head with the snippet, header, banner, footer. */
import { Html, html, scriptValue } from '../html.ts'
import { pieceCount } from '../shop/cart.ts'
import type { News } from '../shop/news.ts'
import { CATEGORIES } from '../shop/products.ts'
import { callsFor, type Call } from '../shop/tracking.ts'
import type { Words } from '../words/en.ts'
import { cartNudge, hero } from './placements.ts'
import type { Page, Visit } from './visit.ts'

export interface Frame {
  /** Inline scripts may run only with it; it is new for every answer. */
  readonly nonce: string
  /** The SDK's snippet, as the site's owner pasted it. */
  readonly snippet: Html
  /** Listens for the panel. */
  readonly ear: Html
  /** "What Tsugi knows": the demonstration's own addition. */
  readonly panel: Html
}

/** @param frame null while there is no SDK to speak to */
export function layout(page: Page, visit: Visit, frame: Frame | null): Html {
  const { words, language } = visit
  const calls = [
    ...(visit.news === null ? [] : callsFor(visit.news, visit.customer)),
    ...page.calls,
  ]
  return html`<!doctype html>
    <html lang="${language}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        ${frame !== null && head(frame, calls)}
        <title>${page.title}</title>
        <meta name="description" content="${words.tagline}" />
        <link rel="icon" href="/icon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="/shop.css" />
      </head>
      <body>
        <a class="skip" href="#content">${words.skip}</a>
        ${page.nudge && cartNudge(visit, 'strip')} ${header(visit)}
        ${visit.news !== null && notice(visit.news, visit)}
        <main id="content">${page.hero !== 'none' && hero(visit, page.hero)} ${page.body}</main>
        ${footer(visit)} ${frame?.panel}
      </body>
    </html> `
}

const head = ({ snippet, ear, nonce }: Frame, calls: readonly Call[]): Html =>
  html`${snippet} ${ear}
  ${
    calls.length > 0 &&
    html`<script nonce="${nonce}">
      ${script(calls)}
    </script>`
  }`

/** Each call on a line of its own. */
const script = (calls: readonly Call[]): Html => {
  const lines = calls.map(
    ([method, ...args]) =>
      `tsugi.${method}(${args.map((arg) => scriptValue(arg).text).join(', ')})`,
  )
  return new Html(lines.join('\n'))
}

const header = ({ words, cart, path, language }: Visit): Html =>
  html` <header class="header">
    <a class="brand" href="/" lang="ja"
      >糸と布<span class="brand-latin" lang="en">Ito to Nuno</span></a
    >
    <nav class="categories" aria-label="${words.nav}">
      <ul>
        ${CATEGORIES.map(
          (category) =>
            html`<li>
              <a href="/c/${category}" ${path === `/c/${category}` && html` aria-current="page"`}
                >${words.categories[category]}</a
              >
            </li>`,
        )}
      </ul>
    </nav>
    <ul class="tools">
      <li>
        <a
          href="?lang=${language === 'ja' ? 'en' : 'ja'}"
          lang="${language === 'ja' ? 'en' : 'ja'}"
          hreflang="${language === 'ja' ? 'en' : 'ja'}"
          aria-label="${words.otherLanguageLong}"
          >${words.otherLanguage}</a
        >
      </li>
      <li><a href="/account">${words.account}</a></li>
      <li>
        <a href="/cart" aria-label="${words.cartCount(pieceCount(cart))}"
          >${words.cart} <span class="count" aria-hidden="true">${pieceCount(cart)}</span></a
        >
      </li>
    </ul>
  </header>`

const notice = (news: News, visit: Visit): Html | false => {
  const text = newsText(news, visit, visit.words)
  return text !== null && html`<p class="notice" role="status">${text}</p>`
}

function newsText(news: News, { language, customer }: Visit, words: Words): string | null {
  switch (news.kind) {
    case 'added':
      return words.added(news.product.name[language])
    case 'removed':
      return words.removed(news.product.name[language])
    case 'signed-up':
    case 'logged-in':
      return customer === null || customer.name === ''
        ? words.welcomeBack
        : words.welcome(customer.name)
    case 'logged-out':
      return words.goodbye
    case 'personalization-on':
      return words.personalizationOn
    case 'personalization-off':
      return words.personalizationOff
    case 'ordered':
      return null
  }
}

const footer = ({ words, personalized, path }: Visit): Html =>
  html` <footer class="footer">
    <p class="footer-brand" lang="ja">糸と布</p>
    <p>${words.footer}</p>
    <form method="post" action="/privacy">
      <input type="hidden" name="back" value="${path}" />
      <input type="hidden" name="personalization" value="${personalized ? 'off' : 'on'}" />
      <p>
        ${words.privacy}: ${personalized ? words.personalizationOn : words.personalizationOff}
        <button class="link" type="submit">${personalized ? words.turnOff : words.turnOn}</button>
      </p>
    </form>
  </footer>`

/** The corner of the page that says what is previewed, in the page's language. */
import type { PreviewRefusal } from '../worker/contract/preview.ts'

export interface State {
  readonly kind: 'on' | 'refused' | 'blocked'
  /** ISO 8601. */
  readonly expires?: string
  readonly why?: string
}

const EN = {
  on: 'Preview. Nothing you do here counts.',
  until: (time: string) => `Ends at ${time}.`,
  refused: (why: string) => `This preview link does not open: ${why}.`,
  blocked: (why: string) => `No preview: this browser keeps no cookie of ${why}.`,
  end: 'End',
  close: 'Close',
}
const JA: typeof EN = {
  on: 'プレビュー中です。ここでの操作は集計されません。',
  until: (time) => `${time}に終わります。`,
  refused: (why) =>
    `このプレビューリンクは開けません。${REFUSED_JA[why as PreviewRefusal] ?? `（${why}）`}`,
  blocked: (why) => `プレビューできません。このブラウザは${why}のCookieを保存しません。`,
  end: '終了',
  close: '閉じる',
}

/** The worker tells its reason in English. */
const REFUSED_JA: { readonly [why in PreviewRefusal]: string } = {
  'it is no link of this deployment': 'この環境のリンクではありません。',
  'it is for another source': '別のサイトのリンクです。',
  'it has expired': '期限が切れています。',
  'it was used already: each opens in one browser':
    'すでに使われました。リンクは一つのブラウザでだけ開けます。',
  'it holds too much': '内容が多すぎます。',
}

const STYLE = `
:host { all: initial; position: fixed; inset: auto auto 12px 12px; z-index: 2147483647 }
div { display: flex; gap: 12px; align-items: center; max-width: 90vw; padding: 8px 12px;
  border-radius: 8px; background: #1f2430; color: #fff; font: 13px/1.5 system-ui, sans-serif;
  box-shadow: 0 2px 12px #0006 }
button { border: 1px solid #fff8; border-radius: 6px; padding: 2px 10px; background: none;
  color: inherit; font: inherit; cursor: pointer }
button:focus-visible { outline: 2px solid #fff; outline-offset: 2px }`

let badge: HTMLElement | undefined

/** One badge a page: the newest state stands. */
export const showBadge = ({ kind, expires, why = '' }: State, end: () => Promise<void>): void => {
  const { lang } = document.documentElement
  const words = lang.startsWith('ja') ? JA : EN
  const time =
    expires && new Date(expires).toLocaleTimeString(lang || undefined, { timeStyle: 'short' })
  const told = kind === 'on' ? [words.on, time ? words.until(time) : ''] : [words[kind](why)]

  badge?.remove()
  badge = document.createElement('tsugi-preview')
  const root = badge.attachShadow({ mode: 'open' })
  // A constructed sheet needs no style-src.
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(STYLE)
  root.adoptedStyleSheets = [sheet]
  const box = document.createElement('div')
  box.setAttribute('role', 'status')
  const text = document.createElement('span')
  text.textContent = told.join(' ').trim()
  const button = document.createElement('button')
  button.textContent = kind === 'on' ? words.end : words.close
  button.addEventListener('click', () => {
    if (kind === 'on') void end()
    else badge?.remove()
  })
  box.append(text, button)
  root.append(box)
  document.documentElement.append(badge)
}

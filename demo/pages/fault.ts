import { html } from '../html.ts'
import type { Words } from '../words/en.ts'
import type { Page, Visit } from './visit.ts'

const TEXTS: Readonly<Record<number, (words: Words) => readonly [string, string]>> = {
  400: (words) => [words.badRequest, words.badRequestLine],
  404: (words) => [words.notFound, words.notFoundLine],
  500: (words) => [words.failed, words.failedLine],
}

/** @param status other than 404 and 500 reads as a bad request */
export function faultPage(status: number, { words }: Visit): Page {
  const [title, line] = (TEXTS[status] ?? (TEXTS[400] as (words: Words) => readonly [string, string]))(words)
  return {
    status,
    title: `${title} — ${words.shop}`,
    hero: 'none',
    nudge: true,
    calls: [],
    body: html`
      <header class="page-head"><h1>${title}</h1><p>${line}</p></header>
      <p><a class="button" href="/">${words.home}</a></p>`,
  }
}

import { html } from '../html.ts'
import type { Words } from '../words/en.ts'
import type { Page, Visit } from './visit.ts'

const textOf = (status: number, words: Words): readonly [title: string, line: string] => {
  if (status === 404) return [words.notFound, words.notFoundLine]
  if (status >= 500) return [words.failed, words.failedLine]
  return [words.badRequest, words.badRequestLine]
}

export function faultPage(status: number, { words }: Visit): Page {
  const [title, line] = textOf(status, words)
  return {
    status,
    title: `${title} — ${words.shop}`,
    hero: 'none',
    nudge: true,
    calls: [],
    body: html` <header class="page-head">
        <h1>${title}</h1>
        <p>${line}</p>
      </header>
      <p><a class="button" href="/">${words.home}</a></p>`,
  }
}

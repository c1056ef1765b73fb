/** HTML is read as browsers read it, and of what they would find only the harmless is kept. */
import * as v from 'valibot'
import { expect, test } from 'vitest'
import { configuration } from '../../worker/contract/config.ts'
import {
  MOST_CHARACTERS,
  sanitizeConfiguration,
  sanitizeHtml,
} from '../../worker/core/release/sanitize.ts'

test.each([
  [
    '<p class="big" title="x">Hello <b>you</b></p>',
    '<p class="big" title="x">Hello <b>you</b></p>',
  ],
  [
    '<a href="https://example.com/?a=1&amp;b=2">go</a>',
    '<a href="https://example.com/?a=1&#x26;b=2">go</a>',
  ],
  ['<script>steal()</script>after', 'after'],
  ['<img src=x onerror=steal()>', '<img src="x">'],
  ['<a href="java&#x0A;script:steal()">go</a>', '<a>go</a>'],
  ['<a href=" javascript:steal()">go</a>', '<a>go</a>'],
  ['<svg><a xlink:href="javascript:steal()"><b>x</b></a></svg>', '<a></a><b>x</b>'],
  // What a browser takes out of a table it takes out here.
  [
    '<table><tr><td>1</td><script>steal()</script></table>',
    '<table><tbody><tr><td>1</td></tr></tbody></table>',
  ],
  [
    '<noscript><p title="</noscript><img src=x onerror=steal()>"></noscript>',
    '<p title="</noscript><img src=x onerror=steal()>"></p>',
  ],
  [
    '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=steal()&gt;">',
    '<img title="--><img src=1 onerror=steal()>"><table></table>',
  ],
  ['<p>open <i>and never closed', '<p>open <i>and never closed</i></p>'],
  ['<template><b>inside</b></template>', ''],
  ['&notin; &amp;lt;b&amp;gt;', '∉ &#x26;lt;b&#x26;gt;'],
])('%s', (html, safe) => {
  expect(sanitizeHtml(html)).toBe(safe)
  // What is safe stays as it is.
  expect(sanitizeHtml(safe)).toBe(safe)
})

const withHtml = (html: string) =>
  v.safeParse(configuration, {
    workspace: { name: 'Shop' },
    sources: [{ key: 's', name: 'S', writeKey: 'wk_html' }],
    placements: [{ key: 'p', name: 'P', fields: { body: 'html' }, fallback: 'a' }],
    actions: [{ key: 'a', name: 'A', content: { body: html } }],
  })

const faultsOf = (html: string) => {
  const { output } = withHtml(html)
  return sanitizeConfiguration(output as v.InferOutput<typeof configuration>).faults
}

test.each([
  ['a list in a list', '<ul><li>'.repeat(100), undefined],
  ['more levels than a walk can go', '<div>'.repeat(3000), 'nested too deep'],
  ['levels within templates', '<template>'.repeat(1500), 'nested too deep'],
  // What is not closed is opened again in every paragraph.
  ['twenty pages of marks', '<p><b><i><u>'.repeat(800), '72674 characters once it is made safe'],
  ['signs that are written longer', '&'.repeat(MOST_CHARACTERS / 4), '30000 characters'],
])('%s', (_name, html, wrong) => {
  const [fault] = faultsOf(html)
  if (wrong === undefined) expect(fault).toBeUndefined()
  else expect(fault).toMatchObject({ path: 'actions[0].content.body' })
  if (wrong !== undefined) expect(fault?.wrong).toContain(wrong)
})

test('what is made safe is as long as a field may be', () => {
  expect(withHtml('x'.repeat(MOST_CHARACTERS)).success).toBe(true)
  expect(withHtml('x'.repeat(MOST_CHARACTERS + 1)).success).toBe(false)
})

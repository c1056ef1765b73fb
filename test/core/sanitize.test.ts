/** HTML is read as browsers read it, and of what they would find only the harmless is kept. */
import { expect, test } from 'vitest'
import { sanitizeHtml } from '../../worker/core/release/sanitize.ts'

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

/** A preview link in a page: exchanged before the first question, gone from the address, said in a corner. */
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import type { PreviewRefusal } from '../../worker/contract/preview.ts'
import { DIST, eventually, sleep, useStage, WRITE_KEY } from './support/stage.ts'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

const stage = useStage()
const { server } = stage
const HERO = '<section data-tsugi-placement="hero"><h1 data-tsugi-text="title">Own</h1></section>'
const items = { hero: [{ decisionId: 'd1', content: { title: 'Previewed' } }] }
const EXPIRES = '2026-11-22T05:00:00.000Z'

const badge = (page: Page): Promise<string | null> =>
  page.evaluate(
    () => document.querySelector('tsugi-preview')?.shadowRoot?.textContent?.trim() ?? null,
  )
const press = (page: Page) => page.locator('tsugi-preview button').click()

/** A page that a link opens, as the worker sees it when all goes well. */
function previewable(path: string, body = HERO): void {
  server.items = items
  server.previewAnswer = { preview: true, expires: EXPIRES }
  server.previewing = true
  stage.serve(path, { body })
}

describe('a preview link', () => {
  test('is exchanged before the first question, and the page says so', async () => {
    previewable('/')
    const page = await stage.open('/?tsugi_preview=d1token_-')
    await eventually(() => page.textContent('h1')).toBe('Previewed')
    expect(server.previews).toEqual([{ writeKey: WRITE_KEY, token: 'd1token_-' }])
    await eventually(() => badge(page)).toMatch(
      /^Preview\. Nothing you do here counts\. Ends at .+\.End$/,
    )
    expect(server.files).toContain('/sdk/preview.mjs')
  })

  test('leaves the address as it was without it, and no event has seen it', async () => {
    previewable('/shop')
    const page = await stage.open('/shop?q=a%20b&tsugi_preview=d1x&c=1+2&tsugi_preview=d1y#part')
    await stage.arrived('page')
    expect(page.url()).toBe(`${server.site}/shop?q=a%20b&c=1+2#part`)
    expect(JSON.stringify(server.events)).not.toContain('tsugi_preview')
    expect(JSON.stringify(server.questions)).not.toContain('tsugi_preview')
    expect(server.named('page')).toHaveLength(1)
  })

  test('leaves no question mark behind', async () => {
    previewable('/shop')
    const page = await stage.open('/shop?tsugi_preview=d1z')
    await stage.arrived('page')
    expect(page.url()).toBe(`${server.site}/shop`)
  })

  test('goes on showing on the pages that follow', async () => {
    previewable('/')
    const page = await stage.open('/')
    await eventually(() => badge(page)).toBe('Preview. Nothing you do here counts.End')
    expect(server.previews).toEqual([])
  })

  test('ends by its button', async () => {
    previewable('/')
    const page = await stage.open('/?tsugi_preview=d1token')
    await eventually(() => badge(page)).toContain('Preview')
    server.items = {}
    await press(page)
    await eventually(() => server.previews.at(-1)).toEqual({ writeKey: WRITE_KEY, end: true })
    await eventually(() => page.textContent('h1')).toBe('Own')
    expect(await badge(page)).toBeNull()
  })

  test('ends by "off" in the address', async () => {
    previewable('/')
    const page = await stage.open('/?tsugi_preview=off')
    await stage.arrived('page')
    expect(server.previews).toEqual([{ writeKey: WRITE_KEY, end: true }])
    expect(page.url()).toBe(`${server.site}/`)
    expect(await badge(page)).toBeNull()
  })

  test('that does not open says why, and the page is as ever', async () => {
    stage.serve('/', { body: HERO })
    server.previewAnswer = { preview: false, detail: 'it has expired' }
    server.items = { hero: [{ decisionId: 'd1', content: { title: 'As ever' } }] }
    const page = await stage.open('/?tsugi_preview=d1old')
    await eventually(() => badge(page)).toBe(
      'This preview link does not open: it has expired.Close',
    )
    await eventually(() => page.textContent('h1')).toBe('As ever')
    await press(page)
    expect(await badge(page)).toBeNull()
  })

  test('that opens in a browser without cookies says so', async () => {
    previewable('/')
    server.previewing = false
    const page = await stage.open('/?tsugi_preview=d1token')
    await eventually(() => badge(page)).toBe(
      `No preview: this browser keeps no cookie of ${server.api}.Close`,
    )
  })

  test('speaks the page’s language', async () => {
    previewable('/')
    const html = server.pages['/']?.html.replace('lang="en"', 'lang="ja"') ?? ''
    server.pages['/'] = { html }
    const page = await stage.open('/?tsugi_preview=d1token')
    await eventually(() => badge(page)).toMatch(/^プレビュー中です。.+終わります。終了$/)
  })

  test.each<[why: PreviewRefusal, told: string]>([
    ['it was used already: each opens in one browser', 'すでに使われました。'],
    ['it has expired', '期限が切れています。'],
    ['it is for another source', '別のサイトのリンクです。'],
  ])('that does not open says why in the page’s language: %s', async (detail, told) => {
    stage.serve('/', { body: HERO })
    const html = server.pages['/']?.html.replace('lang="en"', 'lang="ja"') ?? ''
    server.pages['/'] = { html }
    server.previewAnswer = { preview: false, detail }
    const page = await stage.open('/?tsugi_preview=d1old')
    await eventually(() => badge(page)).toContain(told)
    expect(await badge(page)).not.toMatch(/[a-z]{3}/)
  })

  test.each(['/', '/?tsugi_preview=d1token'])(
    'an answer after the page’s budget is shown all the same: %s',
    async (path) => {
      previewable('/')
      stage.serve('/', { body: HERO, load: { budgetMs: 1500 } })
      const answer = server.hold()
      const page = await stage.open(path)
      await eventually(() => server.questions.length).toBe(1)
      await eventually(() => page.isVisible('h1')).toBe(true)
      expect(await page.textContent('h1')).toBe('Own')
      answer()
      await eventually(() => page.textContent('h1')).toBe('Previewed')
    },
  )

  test('keeps clear of the right corner, where chats and panels stand', async () => {
    previewable('/')
    const page = await stage.open('/')
    await eventually(() => badge(page)).toContain('Preview')
    const box = await page.locator('tsugi-preview').boundingBox()
    const width = await page.evaluate(() => innerWidth)
    expect(box?.x).toBe(12)
    expect((box?.x ?? 0) + (box?.width ?? width)).toBeLessThan(width / 2)
  })

  test('what it says of the outside is text', async () => {
    stage.serve('/', { body: HERO })
    server.previewAnswer = { preview: false, detail: '<img src=x onerror="window.hacked=1">' }
    const page = await stage.open('/?tsugi_preview=d1old')
    await eventually(() => badge(page)).toContain('<img src=x')
    expect(await page.evaluate(() => 'hacked' in window)).toBe(false)
  })

  test.each<[name: string, mishap: { status?: number; until?: () => Promise<void> }]>([
    ['the worker has no such file', { status: 404 }],
    ['the file is slow', { until: () => sleep(400) }],
  ])('the page works when %s', async (_, mishap) => {
    previewable('/')
    server.previewing = mishap.status === undefined
    server.mishaps['/sdk/preview.mjs'] = [mishap]
    const page = await stage.open('/?tsugi_preview=d1token')
    await eventually(() => page.textContent('h1')).toBe('Previewed')
    await stage.arrived('page')
  })

  test('a page without one never asks for it', async () => {
    stage.serve('/', { body: HERO })
    server.items = items
    const page = await stage.open('/?preview=1')
    await eventually(() => page.textContent('h1')).toBe('Previewed')
    await stage.arrived('page')
    expect(server.files).toEqual(['/sdk/tsugi.js'])
    expect(await badge(page)).toBeNull()
  })

  test('what it loads is under 2 KB with gzip', () => {
    expect(gzipSync(readFileSync(join(DIST, 'preview.mjs')), { level: 9 }).length).toBeLessThan(
      2000,
    )
  })
})

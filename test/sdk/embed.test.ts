import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { snippet } from '../../sdk-browser/snippet.ts'
import { runProgram } from '../support/program.ts'
import { DIST, WRITE_KEY, eventually, sleep, integrity, useStage } from './support/stage.ts'

const TSC = join(import.meta.dirname, '../../node_modules/.bin/tsc')

const stage = useStage()
const { server } = stage

describe('size', () => {
  test.each(['tsugi.js', 'tsugi.mjs'])('%s is under 6 KB with gzip', (name) => {
    const code = readFileSync(join(DIST, name))
    const bytes = gzipSync(code, { level: 9 }).length
    console.log(`${name}: ${bytes} bytes gzip, ${brotliCompressSync(code).length} brotli`)
    expect(bytes).toBeLessThan(6000)
  })

  test('the snippet is under 700 bytes, nonce and integrity included', () => {
    const html = snippet({
      writeKey: 'wk_01JD8K3V5N7Q2R4T',
      host: 'https://tsugi.example.workers.dev',
      nonce: 'cmFuZG9tIGJ5dGVzIGhlcmU=',
      integrity: integrity()['tsugi.js'] ?? '',
    })
    console.log(`snippet: ${Buffer.byteLength(html)} bytes`)
    expect(html).toContain('integrity="sha384-')
    expect(Buffer.byteLength(html)).toBeLessThan(700)
  })

  test('the snippet cannot be broken out of', () => {
    const html = snippet({
      writeKey: '</script><script>alert(1)</script>',
      host: 'https://t.example',
      nonce: '"><img>',
    })
    expect(html.match(/<\/script>/g)).toHaveLength(2)
    expect(html).not.toContain('<img>')
  })
})

describe('types', () => {
  const compile = async (file: string, code: string): Promise<string> => {
    const folder = mkdtempSync(join(tmpdir(), 'tsugi-types-'))
    try {
      for (const name of ['tsugi.d.ts', 'tsugi.d.mts', 'tsugi.mjs']) {
        copyFileSync(join(DIST, name), join(folder, name))
      }
      writeFileSync(join(folder, file), code)
      const flags =
        '--ignoreConfig --noEmit --strict --exactOptionalPropertyTypes --target es2022 --module nodenext'
      const args = [...flags.split(' '), '--types', '', file]
      return (await runProgram(TSC, args, { cwd: folder })).out
    } finally {
      rmSync(folder, { recursive: true })
    }
  }

  test('of the module: a site compiles against dist/sdk alone', async () => {
    const good = `import tsugi, { type Answer } from './tsugi.mjs'
      tsugi.load('wk', { consent: 'pending' })
      tsugi.identify('u', { plan: 'pro' }, { token: 'jwt' })
      tsugi.on('rejected', ({ code }) => code.length)
      const answer: Answer = await tsugi.decide(['hero'])
      answer.decisions['hero']?.items.map(({ decisionId }) => decisionId.length)`
    expect(await compile('site.mts', good)).toBe('')
    const bad = `import tsugi from './tsugi.mjs'
      tsugi.load('wk', { consent: 'maybe' })`
    expect(await compile('site.mts', bad)).toContain('"maybe"')
  })

  test('of the script: window.tsugi', async () => {
    const code = `import './tsugi.d.ts'\nwindow.tsugi.track('x')\ntsugi.page()`
    expect(await compile('site.ts', code)).toBe('')
  })
})

describe('embedding', () => {
  test('calls made before the script is there are queued, and answered', async () => {
    server.mishaps['/sdk/tsugi.js'] = [{ until: () => sleep(300) }]
    server.items = { hero: [{ decisionId: 'd1', content: { title: 'Hi' } }] }
    stage.serve('/', {
      head: `<script>
        tsugi.identify('u1', { plan: 'pro' })
        tsugi.track('Early', { n: 1 })
        tsugi.page('Home')
        window.answer = tsugi.decide('hero', { from: 'test' })
      </script>`,
    })
    const page = await stage.open()
    const answer = await page.evaluate(() => (window as { answer?: Promise<unknown> }).answer)
    expect(answer).toMatchObject({
      degraded: false,
      decisions: { hero: { items: [{ decisionId: 'd1', content: { title: 'Hi' } }] } },
    })
    await stage.arrived('Early')
    expect(server.named('identify')).toMatchObject([{ userId: 'u1', traits: { plan: 'pro' } }])
    expect(server.named('Early')).toMatchObject([{ userId: 'u1', properties: { n: 1 } }])
    expect(server.named('page')).toMatchObject([{ name: 'Home' }])
    expect(server.questions[0]).toMatchObject({
      userId: 'u1',
      placements: ['hero'],
      context: { from: 'test' },
    })
  })

  test('a strict policy with nonce and integrity holds, Trusted Types too', async () => {
    server.items = {
      hero: [{ decisionId: 'd1', content: { title: 'Bonjour', body: { html: '<b>bold</b>' } } }],
    }
    stage.serve('/', {
      body: `<div data-tsugi-placement="hero"><h1 data-tsugi-text="title">Own</h1>
        <p data-tsugi-html="body">own</p></div>`,
      snippet: { nonce: 'n0nce', integrity: integrity()['tsugi.js'] ?? '' },
      headers: {
        'content-security-policy':
          `default-src 'none'; script-src 'nonce-n0nce'; connect-src ${server.api}; ` +
          `require-trusted-types-for 'script'; trusted-types tsugi`,
      },
    })
    const page = await stage.context.newPage()
    const complaints: string[] = []
    page.on('console', (entry) => {
      if (entry.type() === 'error' && !entry.text().includes('favicon'))
        complaints.push(entry.text())
    })
    await page.goto(server.site)
    await eventually(() => page.textContent('h1')).toBe('Bonjour')
    expect(await page.innerHTML('p')).toBe('<b>bold</b>')
    expect(complaints).toEqual([])
  })

  test('a script that was changed on the way does not run, and the page stays whole', async () => {
    stage.serve('/', {
      body: '<div data-tsugi-placement="hero">own</div>',
      load: { budgetMs: 100 },
      snippet: { integrity: `sha384-${'A'.repeat(64)}` },
    })
    const page = await stage.open()
    await eventually(() =>
      page.evaluate(() => getComputedStyle(document.querySelector('div')!).visibility),
    ).toBe('visible')
    expect(server.arrivals).toEqual([])
  })

  test('the module needs no snippet and touches nothing before load', async () => {
    server.pages['/'] = {
      html: `<!doctype html><body><div data-tsugi-placement="hero"><b data-tsugi-text="t">own</b></div>
        <script type="module">
          import tsugi from '${server.api}/sdk/tsugi.mjs'
          window.before = [...Object.keys(localStorage)]
          tsugi.track('Queued')
          tsugi.load('${WRITE_KEY}', { host: '${server.api}', flushMs: 30, budgetMs: 120000 })
        </script></body>`,
    }
    server.items = { hero: [{ decisionId: 'd1', content: { t: 'new' } }] }
    const page = await stage.open()
    await eventually(() => page.textContent('b')).toBe('new')
    await stage.arrived('Queued')
    expect(await page.evaluate(() => (window as { before?: string[] }).before)).toEqual([])
  })

  test('a module that comes before the script learns the host from it', async () => {
    const script = Promise.withResolvers<void>()
    server.mishaps['/sdk/tsugi.js'] = [{ until: () => script.promise }]
    stage.serve('/', {
      body: `<script type="module">
        import tsugi from '${server.api}/sdk/tsugi.mjs'
        tsugi.track('From early module')
        window.early = true
      </script>`,
    })
    // The page's load waits for its script.
    const opening = stage.open()
    const page = await stage.context.waitForEvent('page')
    await page.waitForFunction(() => 'early' in window)
    script.resolve()
    await opening
    await stage.arrived('From early module')
  })

  test('script and module in one page are one SDK', async () => {
    stage.serve('/', {
      body: `<script type="module">
        import tsugi from '${server.api}/sdk/tsugi.mjs'
        tsugi.load('wk_other', { host: '${server.api}' })
        tsugi.track('From module')
        window.same = tsugi === window.tsugi
      </script>`,
    })
    const page = await stage.open()
    await stage.arrived('From module')
    expect(await page.evaluate(() => (window as { same?: boolean }).same)).toBe(true)
    expect(server.arrivals.every(({ body }) => body.writeKey === WRITE_KEY)).toBe(true)
    expect(server.named('page')).toHaveLength(1)
  })
})

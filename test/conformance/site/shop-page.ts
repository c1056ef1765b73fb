/**
 * A page on an origin of its own that loads analytics.js as published: the
 * files under /ajs/ are those of the npm package, byte for byte. Or a page that
 * loads a script of the test's own.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const require = createRequire(import.meta.url)
const PACKAGE = dirname(require.resolve('@segment/analytics-next/package.json'))

export interface ShopPage {
  readonly origin: string
  stop(): Promise<void>
}

const BLANK = '<!doctype html><title>Elsewhere</title>'

/** @param markup pages by path */
export async function startShopPage(
  markup: Readonly<Record<string, () => string>>,
): Promise<ShopPage> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://shop')
    const script = /^\/ajs\/([\w.-]+\.js)$/.exec(pathname)?.[1]
    const found =
      script === undefined
        ? Promise.resolve(markup[pathname]?.() ?? (pathname === '/elsewhere' ? BLANK : null))
        : readFile(join(PACKAGE, 'dist/umd', script), 'utf8')
    found.then(
      (text) => {
        const type = pathname.endsWith('.js') ? 'text/javascript' : 'text/html; charset=utf-8'
        response.writeHead(text === null ? 404 : 200, { 'content-type': type })
        response.end(text)
      },
      (error: Error) => response.destroy(error),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const page = (head: string): string => `<!doctype html>
<html lang="ja"><head><meta charset="utf-8"><title>糸と布</title><link rel="icon" href="data:,">
${head}</head><body><h1>糸と布</h1></body></html>`

/**
 * Segment's snippet 5.2.0 as their console gives it out; the address of the
 * script, the CDN and the key are what a customer sets. `calls` wait in its queue.
 */
export const snippetPage = (cdn: string, writeKey: string, calls: string): string =>
  page(`<script>
!function(){var i="analytics",analytics=window[i]=window[i]||[];if(!analytics.initialize)if(analytics.invoked)window.console&&console.error&&console.error("Segment snippet included twice.");else{analytics.invoked=!0;analytics.methods=["trackSubmit","trackClick","trackLink","trackForm","pageview","identify","reset","group","track","ready","alias","debug","page","screen","once","off","on","addSourceMiddleware","addIntegrationMiddleware","setAnonymousId","addDestinationMiddleware","register"];analytics.factory=function(e){return function(){if(window[i].initialized)return window[i][e].apply(window[i],arguments);var n=Array.prototype.slice.call(arguments);if(["track","screen","alias","group","page","identify"].indexOf(e)>-1){var c=document.querySelector("link[rel='canonical']");n.push({__t:"bpc",c:c&&c.getAttribute("href")||void 0,p:location.pathname,u:location.href,s:location.search,t:document.title,r:document.referrer})}n.unshift(e);analytics.push(n);return analytics}};for(var n=0;n<analytics.methods.length;n++){var key=analytics.methods[n];analytics[key]=analytics.factory(key)}analytics.load=function(key,n){var t=document.createElement("script");t.type="text/javascript";t.async=!0;t.setAttribute("data-global-segment-analytics-key",i);t.src="/ajs/standalone.js";var r=document.getElementsByTagName("script")[0];r.parentNode.insertBefore(t,r);analytics._loadOptions=n};analytics._writeKey=${JSON.stringify(writeKey)};analytics._cdn=${JSON.stringify(cdn)};analytics.SNIPPET_VERSION="5.2.0";
analytics.load(analytics._writeKey);
${calls}
}}();
</script>`)

/** A page with one script, which is served under that path. */
export const scriptPage = (path: string): string => page(`<script src="${path}"></script>`)

/** The npm package's own bundle, loaded by the page's code. */
export const bundlePage = (settings: object, options: object): string =>
  page(`<script src="/ajs/index.js"></script>
<script>window.analytics = AnalyticsNext.AnalyticsBrowser.load(${JSON.stringify(settings)}, ${JSON.stringify(options)})</script>`)

/**
 * What a customer pastes into <head>: a stub that queues calls and hides the
 * placements for at most the budget, and the script itself.
 */
import type { LoadOptions } from './api.ts'

export interface SnippetOptions {
  readonly writeKey: string
  /** Origin that serves the script; it is also where the SDK sends to. */
  readonly host: string
  /** For a strict Content-Security-Policy: `script-src 'nonce-…'`. */
  readonly nonce?: string
  /** `sha384-…` of tsugi.js, from integrity.json. */
  readonly integrity?: string
  /** Goes to `tsugi.load`. */
  readonly load?: Omit<LoadOptions, 'context'> & { readonly context?: Record<string, unknown> }
}

const STUB = (budgetMs: number): string =>
  '(w=>{if(w.tsugi)return;let c=[],t=w.tsugi={calls:c,sinceMs:Date.now()};' +
  'for(let n of"load page track identify group alias reset consent decide on off".split(" "))' +
  't[n]=(...a)=>new Promise(r=>c.push([n,a,r]));' +
  // A constructed sheet needs no style-src; a browser without them hides nothing.
  'try{let s=t.sheet=new CSSStyleSheet;' +
  's.replaceSync("[data-tsugi-placement]{visibility:hidden}");' +
  'document.adoptedStyleSheets.push(s);' +
  `setTimeout(()=>s.disabled=!0,${budgetMs})}catch{}})(window);`

/** HTML for <head>, as early as possible: what comes before it may be painted before it hides. */
export const snippet = ({ writeKey, host, nonce, integrity, load }: SnippetOptions): string => {
  const args = [writeKey, ...(load === undefined ? [] : [load])].map(scriptText).join()
  const src = new URL('/sdk/tsugi.js', host).href
  const once = nonce === undefined ? '' : ` nonce="${attribute(nonce)}"`
  const pinned = integrity === undefined ? '' : ` integrity="${attribute(integrity)}" crossorigin`
  return (
    `<script${once}>${STUB(load?.budgetMs ?? 300)}tsugi.load(${args})</script>\n` +
    // A script that is async has low priority otherwise, and placements wait for this one.
    `<script async fetchpriority="high" src="${attribute(src)}"${pinned}${once}></script>`
  )
}

/** `</script>` within a string would end the element. */
const scriptText = (value: unknown): string => JSON.stringify(value).replaceAll('<', '\\u003c')

const attribute = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;')

/**
 * 糸と布, a small shop on a server of its own: what a customer's site is to
 * Tsugi. It embeds the SDK as the documentation tells, and knows nothing of the
 * worker but its address and two keys.
 */
import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { loadAssets, type Assets } from './http/assets.ts'
import { FORMS } from './http/forms.ts'
import { answerPanel } from './http/panel.ts'
import { contentSecurityPolicy } from './http/policy.ts'
import { readBody, readUrl, Refusal, requireSameSite } from './http/read.ts'
import { document, plain, send, type Reply } from './http/reply.ts'
import { pageFor } from './http/route.ts'
import { snippets, type Snippets } from './http/snippet.ts'
import { arrive, type Arrival } from './http/visit.ts'
import { faultPage } from './pages/fault.ts'
import { layout } from './pages/layout.ts'
import type { Page } from './pages/visit.ts'
import type { Worker } from './panel/ask-tsugi.ts'
import { panelEar, panelFrame } from './panel/frame.ts'

export interface ShopOptions {
  /** On 127.0.0.1; 0 takes a free one. */
  readonly port: number
  /** Without a slash at its end. */
  readonly workerUrl: string
  /** For the panel; the demo's own unless given. */
  readonly secretKey?: string
  /** For how long a placement may stay hidden; the SDK's default unless given. */
  readonly budgetMs?: number
}

export interface Shop {
  /** Without a slash at its end. */
  readonly url: string
  stop(): Promise<void>
}

interface House {
  readonly worker: Worker
  readonly assets: Assets
  readonly snippets: Snippets
}

/** Opens the shop. The worker may come later: until then pages stand without the snippet. */
export async function serve(options: ShopOptions): Promise<Shop> {
  const { port, workerUrl, secretKey = 'sk_demo', budgetMs } = options
  const house: House = {
    worker: { url: workerUrl, secretKey },
    assets: await loadAssets(),
    snippets: await snippets(workerUrl, budgetMs),
  }
  const server = createServer((request, response) => {
    answer(request, house)
      .catch((error: unknown) => {
        console.error('shop:', error)
        return plain(500, 'Something went wrong on our side.\n')
      })
      .then((reply) => send(response, reply))
      .catch((error: unknown) => response.destroy(error as Error))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: async () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error === undefined ? resolve() : reject(error)))
        server.closeAllConnections()
      }),
  }
}

async function answer(request: IncomingMessage, house: House): Promise<Reply> {
  try {
    const url = readUrl(request)
    if (request.method === 'POST') return await answerPost(request, url, house)
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      const { headers, ...reply } = plain(405, 'Only GET, HEAD and POST are served.\n')
      return { ...reply, headers: { ...headers, allow: 'GET, HEAD, POST' } }
    }
    const asset = house.assets(url.pathname)
    if (asset !== undefined) return asset
    const arrival = arrive(request, url)
    return await dress(pageFor(arrival.visit), arrival, house)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    const arrival = arrive(request, new URL('http://shop/'))
    return dress(faultPage(error.status, arrival.visit), arrival, house)
  }
}

async function answerPost(request: IncomingMessage, url: URL, house: House): Promise<Reply> {
  requireSameSite(request)
  const body = await readBody(request)
  const arrival = arrive(request, url)
  if (url.pathname === '/panel') return answerPanel(body, arrival.visit, house.worker)
  const form = FORMS.get(url.pathname)
  if (form === undefined) throw new Refusal(404, 'nothing to post to')
  const result = form(arrival.visit, new URLSearchParams(body))
  return 'headers' in result ? result : dress(result, arrival, house)
}

/** A page becomes a document: with its snippet, its policy, and a nonce that no other has. */
async function dress(page: Page, { visit, cookies }: Arrival, house: House): Promise<Reply> {
  const nonce = randomBytes(18).toString('base64')
  const snippet = await house.snippets(visit, nonce)
  const frame =
    snippet === null
      ? null
      : { nonce, snippet, ear: panelEar(nonce), panel: panelFrame(nonce, visit.language) }
  return document(
    page.status ?? 200,
    layout(page, visit, frame),
    contentSecurityPolicy(nonce, house.worker.url),
    cookies,
  )
}

/**
 * A fake of the worker's public wire, and the site that embeds the SDK, on two
 * origins. It keeps what arrives and checks it against the contract: a shape that
 * the worker would refuse is a fault, and every test ends with no faults.
 */
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import * as v from 'valibot'
import {
  decideBody,
  type DecideAnswer,
  type DecideBody,
  type DecisionItem,
} from '../../../worker/contract/decide.ts'
import {
  batchBody,
  message,
  type CollectAnswer,
  type Message,
  type Rejection,
} from '../../../worker/contract/message.ts'
import { openPreviewBody, type PreviewState } from '../../../worker/contract/preview.ts'

const DIST = join(import.meta.dirname, '../../../dist/sdk')
const MAX_BODY_BYTES = 500 * 1024
const MAX_EVENT_BYTES = 32 * 1024
const MAX_EVENTS = 100

export interface Arrival {
  readonly path: '/v1/batch' | '/v1/decide'
  readonly body: DecideBody & { readonly sentAt?: string }
  readonly events: readonly Message[]
  /** By the server's clock, before it answered. */
  readonly atMs: number
  /** What the server answered. */
  status: number
}
interface Html {
  readonly html: string
  readonly headers?: Record<string, string>
}
/** How the next request to a path is answered instead of properly; `status: 0` cuts the line. */
export interface Mishap {
  readonly status?: number
  readonly headers?: Record<string, string>
  readonly body?: unknown
  /** Asked for when the request is there: nothing is answered before it resolves. */
  readonly until?: () => Promise<unknown>
}

export class CaptureServer {
  arrivals: Arrival[] = []
  faults: string[] = []
  preflights = 0
  /** Nobody answers, and nothing is kept. */
  down = false
  pages: Record<string, Html> = {}
  items: Record<string, DecisionItem[]> = {}
  /** Placement → the decisionId beside no items. */
  missed: Record<string, string> = {}
  /** What was sent to exchange a preview link's token, and how that is answered. */
  previews: unknown[] = []
  previewAnswer: PreviewState & { readonly detail?: string } = { preview: false }
  /** Whether decisions are a preview's. */
  previewing = false
  /** Files of the SDK that were asked for. */
  files: string[] = []
  profileId: string | null = null
  #held: Promise<void> | undefined
  readonly mishaps: Record<string, Mishap[]> = {}
  /** Names an event as bad; null takes it. */
  judge: (event: Message) => Omit<Rejection, 'index' | 'messageId'> | null = () => null
  /** Whether an event that came with a question is named as taken. */
  acks: (event: Message) => boolean = () => true
  api = ''
  site = ''
  readonly #servers: Server[] = []

  async start(): Promise<void> {
    this.api = await this.#listen((request, response) => this.#answer(request, response))
    this.site = await this.#listen((request, response) => this.#page(request, response))
  }

  async stop(): Promise<void> {
    for (const server of this.#servers) {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }
  }

  reset(): void {
    this.arrivals = []
    this.faults = []
    this.preflights = 0
    this.down = false
    this.pages = {}
    this.items = {}
    this.missed = {}
    this.previews = []
    this.previewAnswer = { preview: false }
    this.previewing = false
    this.files = []
    this.profileId = null
    this.#held = undefined
    for (const path of Object.keys(this.mishaps)) delete this.mishaps[path]
    this.judge = () => null
    this.acks = () => true
  }

  /** Keeps every decision back until the function that it returns is called. */
  hold(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#held = promise
    return resolve
  }

  /** Taken events, each messageId once, in the order of first arrival. */
  get events(): Message[] {
    const taken = this.arrivals.filter(({ status }) => status === 200).flatMap((a) => a.events)
    return [...new Map(taken.map((event) => [event.messageId, event])).values()]
  }

  named(name: string): Message[] {
    return this.events.filter(({ type, event }) => (event ?? type) === name)
  }

  get questions(): DecideBody[] {
    return this.arrivals.filter(({ path }) => path === '/v1/decide').map(({ body }) => body)
  }

  async #listen(
    handle: (request: IncomingMessage, response: ServerResponse) => Promise<void> | void,
  ): Promise<string> {
    const server = createServer((request, response) => {
      void Promise.resolve(handle(request, response)).catch((error: unknown) => {
        this.faults.push(String(error))
        response.destroy()
      })
    })
    this.#servers.push(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  #page(request: IncomingMessage, response: ServerResponse): void {
    const page = this.pages[new URL(request.url ?? '/', this.site).pathname]
    response.writeHead(page ? 200 : 404, {
      'content-type': 'text/html; charset=utf-8',
      ...page?.headers,
    })
    response.end(page?.html ?? '')
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? '/', this.api).pathname
    const cors = {
      'access-control-allow-origin': request.headers.origin ?? '*',
      'access-control-allow-credentials': 'true',
      'access-control-expose-headers': 'Retry-After',
      // Chromium repeats a request by itself when a connection that it used before breaks.
      connection: 'close',
    }
    if (this.down && !path.startsWith('/sdk/')) {
      request.socket.destroy()
      return
    }
    if (request.method === 'OPTIONS') {
      this.preflights++
      response.writeHead(204, { ...cors, 'access-control-allow-headers': '*' }).end()
      return
    }
    if (path.startsWith('/sdk/')) {
      const mishap = this.mishaps[path]?.shift()
      this.files.push(path)
      await mishap?.until?.()
      response.writeHead(mishap?.status ?? 200, { ...cors, 'content-type': 'text/javascript' })
      response.end(readFileSync(join(DIST, path.slice(5))))
      return
    }
    if (path === '/v1/preview') return this.#exchange(request, response, cors)
    if (path !== '/v1/batch' && path !== '/v1/decide') {
      this.faults.push(`unknown path ${path}`)
      response.writeHead(404).end()
      return
    }
    const text = await readBody(request)
    this.#checkRequest(request, text)
    const body = JSON.parse(text) as Arrival['body'] & { batch?: unknown[] }
    const raw = path === '/v1/batch' ? this.#checkBatch(body) : this.#checkQuestion(body)
    const events = raw.map((event) => this.#checkEvent(event))
    const arrival: Arrival = { path, body, events, atMs: Date.now(), status: 200 }
    this.arrivals.push(arrival)

    const mishap = this.mishaps[path]?.shift()
    if (path === '/v1/decide') await this.#held
    await mishap?.until?.()
    if (mishap?.status !== undefined) {
      arrival.status = mishap.status
      if (mishap.status === 0) request.socket.destroy()
      else {
        response.writeHead(mishap.status, { ...cors, ...mishap.headers })
        response.end(JSON.stringify(mishap.body ?? {}))
      }
      return
    }
    const answer = path === '/v1/batch' ? this.#collected(events) : this.#decided(body, events)
    response.writeHead(200, { ...cors, 'content-type': 'application/json' })
    response.end(JSON.stringify(answer))
  }

  async #exchange(
    request: IncomingMessage,
    response: ServerResponse,
    cors: Record<string, string>,
  ): Promise<void> {
    const text = await readBody(request)
    this.#checkRequest(request, text)
    const body = v.parse(openPreviewBody, JSON.parse(text))
    this.previews.push(body)
    // The order matters: no question before the cookie is there.
    if ('token' in body && this.questions.length > 0) this.faults.push('asked before the exchange')
    const answer = 'token' in body ? this.previewAnswer : { preview: false }
    if ('end' in body) this.previewing = false
    response.writeHead(answer.preview || 'end' in body ? 200 : 400, cors)
    response.end(JSON.stringify(answer))
  }

  #checkRequest(request: IncomingMessage, text: string): void {
    const type = request.headers['content-type'] ?? ''
    if (request.method !== 'POST') this.faults.push(`method ${request.method}`)
    if (!type.startsWith('text/plain')) this.faults.push(`content type ${type}`)
    if (Buffer.byteLength(text) > MAX_BODY_BYTES) this.faults.push('body too large')
  }

  #checkBatch(body: unknown): readonly unknown[] {
    const { batch, writeKey, sentAt } = v.parse(batchBody, body)
    if (!writeKey) this.faults.push('no write key')
    if (Number.isNaN(Date.parse(`${sentAt}`))) this.faults.push(`sentAt ${sentAt}`)
    if (batch.length > MAX_EVENTS) this.faults.push(`${batch.length} events`)
    return batch
  }

  #checkQuestion(body: unknown): readonly unknown[] {
    const { events, writeKey, sentAt, requestId, anonymousId } = v.parse(decideBody, body)
    if (!writeKey || !requestId || !anonymousId) this.faults.push('incomplete question')
    if (Number.isNaN(Date.parse(`${sentAt}`))) this.faults.push(`sentAt ${sentAt}`)
    return events ?? []
  }

  #checkEvent(event: unknown): Message {
    const parsed = v.parse(message, event)
    if (!/^[\w-]{8,}$/.test(parsed.messageId ?? '')) this.faults.push('no messageId')
    if (!parsed.anonymousId) this.faults.push('no anonymousId')
    if (Number.isNaN(Date.parse(`${parsed.originalTimestamp}`))) this.faults.push('no time')
    if (Buffer.byteLength(JSON.stringify(event)) > MAX_EVENT_BYTES)
      this.faults.push('event too large')
    return parsed
  }

  #rejections(events: readonly Message[]): Rejection[] {
    return events.flatMap((event, index) => {
      const verdict = this.judge(event)
      return verdict ? [{ index, messageId: event.messageId ?? null, ...verdict }] : []
    })
  }

  #collected(events: readonly Message[]): CollectAnswer {
    const rejected = this.#rejections(events)
    return { success: rejected.length === 0, accepted: events.length - rejected.length, rejected }
  }

  #decided(body: DecideBody, events: readonly Message[]): DecideAnswer {
    const rejected = this.#rejections(events)
    const bad = new Set(rejected.map(({ index }) => index))
    return {
      decisions: Object.fromEntries(
        body.placements.map((placement) => [
          placement,
          {
            items: this.items[placement] ?? [],
            ...(this.missed[placement] === undefined ? {} : { decisionId: this.missed[placement] }),
          },
        ]),
      ),
      acked: events
        .filter((event, index) => !bad.has(index) && this.acks(event))
        .map(({ messageId }) => messageId ?? ''),
      rejected,
      profileId: this.profileId,
      epoch: 1,
      degraded: false,
      ...(this.previewing ? { preview: true } : {}),
    }
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

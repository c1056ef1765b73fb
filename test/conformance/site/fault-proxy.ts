/**
 * A fault proxy: forwards to the worker, save that it plays the faults of a
 * network and of a store that is down. What it answers in the worker's stead
 * is what the worker answers then, CORS headers included.
 */
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Fault =
  /** The store is down: 503 with Retry-After, and nothing was done. */
  | 'unavailable'
  /** Everything was done, and the answer is lost on its way. */
  | 'answer-lost'

export interface Delivery {
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
  /** null when the answer was lost. */
  readonly status: number | null
}

export interface FaultProxy {
  readonly url: string
  /** Faults for the next POSTs, one each; afterwards all goes through. */
  plan(...faults: readonly Fault[]): void
  /** Every request so far, preflights too. */
  readonly deliveries: readonly Delivery[]
  stop(): Promise<void>
}

export async function startFaultProxy(upstream: string): Promise<FaultProxy> {
  const planned: Fault[] = []
  const deliveries: Delivery[] = []
  const server = createServer((incoming, outgoing) => {
    pass(incoming, outgoing).catch((error: Error) => outgoing.destroy(error))
  })

  async function pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks)
    const fault = incoming.method === 'POST' ? planned.shift() : undefined
    const note = (status: number | null): void => {
      const { method = '', url: path = '', headers } = incoming
      deliveries.push({ method, path, headers, body: body.toString(), status })
    }
    if (fault === 'unavailable') {
      note(503)
      outgoing.writeHead(503, unavailableHeaders(incoming.headers.origin))
      outgoing.end(JSON.stringify({ status: 503, code: 'store_unavailable' }))
      return
    }
    const answer = await forward(upstream, incoming, body)
    if (fault === 'answer-lost') {
      note(null)
      outgoing.destroy()
      return
    }
    note(answer.statusCode)
    outgoing.writeHead(answer.statusCode, answer.headers)
    outgoing.end(answer.body)
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    plan: (...faults) => void planned.push(...faults),
    deliveries,
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const unavailableHeaders = (origin: string | undefined): Record<string, string> => ({
  'content-type': 'application/problem+json',
  'retry-after': '1',
  ...(origin === undefined
    ? {}
    : { 'access-control-allow-origin': origin, 'access-control-allow-credentials': 'true' }),
})

interface Answered {
  readonly statusCode: number
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
}

function forward(upstream: string, incoming: IncomingMessage, body: Buffer): Promise<Answered> {
  return new Promise((resolve, reject) => {
    // The Host header stays, so that the worker names the proxy where it names itself.
    const { method, headers } = incoming
    const outgoing = request(new URL(incoming.url ?? '/', upstream), { method, headers })
    outgoing.on('error', reject)
    outgoing.on('response', (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const { statusCode = 502, headers: answered } = response
        // Read whole: what is sent on has a length.
        const { 'transfer-encoding': _, ...rest } = answered
        resolve({ statusCode, headers: rest, body: Buffer.concat(chunks) })
      })
    })
    outgoing.end(body)
  })
}

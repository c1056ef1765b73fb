/**
 * A load of POST requests over keep-alive connections, one request at a time on
 * each: a fixed concurrency. Written on sockets, since Node's own HTTP client
 * costs as much CPU as a bare Worker and would hide the difference under test.
 */
import { connect, type Socket } from 'node:net'
import { quantile } from '../harness/interleave.ts'

export interface Load {
  readonly port: number
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /** The body of the n-th request. */
  readonly body: (n: number) => string
  readonly requests: number
  readonly connections: number
}

export interface LoadResult {
  readonly perSecond: number
  readonly medianMs: number
  readonly p99Ms: number
  /** Of the bodies, both ways, for asserting that two sides moved the same. */
  readonly requestBytes: number
  readonly responseBytes: number
}

const TIMEOUT_MS = 30_000

/** Throws on any answer but a 2xx, and on one that does not come in time. */
export async function send(load: Load): Promise<LoadResult> {
  const taken: number[] = []
  let next = 0
  let requestBytes = 0
  let responseBytes = 0
  const head = headOf(load)
  const startMs = performance.now()
  const one = async (): Promise<void> => {
    const connection = await open(load.port)
    while (next < load.requests) {
      const body = Buffer.from(load.body(next++))
      const sentMs = performance.now()
      const answer = await connection.ask(`${head}content-length: ${body.length}\r\n\r\n`, body)
      taken.push(performance.now() - sentMs)
      requestBytes += body.length
      responseBytes += answer.length
    }
    connection.close()
  }
  await Promise.all(Array.from({ length: load.connections }, one))
  const seconds = (performance.now() - startMs) / 1000
  return {
    perSecond: load.requests / seconds,
    medianMs: quantile(taken, 0.5),
    p99Ms: quantile(taken, 0.99),
    requestBytes,
    responseBytes,
  }
}

/** One request, its answer as text. */
export async function ask(load: Omit<Load, 'requests' | 'connections'>): Promise<string> {
  const connection = await open(load.port)
  const body = Buffer.from(load.body(0))
  const answer = await connection.ask(`${headOf(load)}content-length: ${body.length}\r\n\r\n`, body)
  connection.close()
  return answer.toString()
}

const headOf = ({ path, headers }: Pick<Load, 'path' | 'headers'>): string =>
  [
    `POST ${path} HTTP/1.1`,
    'host: 127.0.0.1',
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    '',
  ].join('\r\n')

interface Connection {
  ask(head: string, body: Buffer): Promise<Buffer>
  close(): void
}

async function open(port: number): Promise<Connection> {
  const socket = await connected(port)
  let received: Buffer[] = []
  let settle: { done(body: Buffer): void; failed(error: Error): void } | undefined
  socket.on('data', (chunk: Buffer) => {
    received.push(chunk)
    const bytes = received.length === 1 ? chunk : Buffer.concat(received)
    received = [bytes]
    try {
      const body = bodyOf(bytes)
      if (body === null) return
      received = []
      settle?.done(body)
    } catch (error) {
      settle?.failed(error as Error)
    }
  })
  socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error('no answer in time')))
  socket.on('error', (error) => settle?.failed(error))
  socket.on('close', () => settle?.failed(new Error('the connection was closed')))
  return {
    ask: (head, body) =>
      new Promise((done, failed) => {
        settle = { done, failed }
        socket.write(Buffer.concat([Buffer.from(head), body]))
      }),
    close: () => {
      settle = undefined
      socket.end()
    },
  }
}

const connected = (port: number): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true }, () => resolve(socket))
    socket.once('error', reject)
  })

/** null while some of it is still to come. */
function bodyOf(bytes: Buffer): Buffer | null {
  const end = bytes.indexOf('\r\n\r\n')
  if (end === -1) return null
  const head = bytes.toString('latin1', 0, end)
  const status = Number(head.slice(9, 12))
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1]
  if (length === undefined) throw new Error(`an answer without Content-Length:\n${head}`)
  const body = bytes.subarray(end + 4)
  if (body.length < Number(length)) return null
  if (status < 200 || status > 299) throw new Error(`${status} ${body.toString()}`)
  return body
}

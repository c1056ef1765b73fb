/** HTTP/1.1 by hand, for what no client library would send. */
import { connect } from 'node:net'

export interface RawAnswer {
  readonly status: number
  // oxlint-disable-next-line typescript/no-explicit-any -- tests read whatever came back
  readonly body: any
}

export type Piece = string | Uint8Array

/**
 * Writes the pieces as they come and reads the first answer, which may come
 * before all is written. null when the connection ended without one.
 * @param leave what the client does after its last piece: waits, ends its side, or is gone
 */
export async function rawRequest(
  url: string,
  pieces: Iterable<Piece> | AsyncIterable<Piece>,
  leave: 'wait' | 'end' | 'vanish' = 'wait',
): Promise<RawAnswer | null> {
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true })
  const answered = Promise.withResolvers<RawAnswer | null>()
  let text = ''
  socket.setEncoding('utf8')
  socket.setTimeout(240_000, () => socket.destroy(new Error('no answer within 240 s')))
  socket.on('data', (data: string) => {
    text += data
    const answer = parse(text)
    if (answer !== null) answered.resolve(answer)
  })
  socket.on('end', () => answered.resolve(parse(text)))
  socket.on('close', () => answered.resolve(parse(text)))
  // A server that will not read on may cut the connection while we write.
  socket.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'ECONNRESET' || error.code === 'EPIPE') answered.resolve(parse(text))
    else answered.reject(error)
  })
  let done = false
  void answered.promise.then(
    () => (done = true),
    () => (done = true),
  )
  for await (const piece of pieces) {
    if (done || socket.destroyed) break
    await new Promise<void>((resolve) => socket.write(piece, () => resolve()))
  }
  if (leave === 'vanish') socket.destroy()
  else if (leave === 'end') socket.end()
  try {
    return await answered.promise
  } finally {
    socket.destroy()
  }
}

/** null until the answer is whole. */
function parse(text: string): RawAnswer | null {
  const headEnd = text.indexOf('\r\n\r\n')
  if (headEnd === -1) return null
  const head = text.slice(0, headEnd)
  const body = text.slice(headEnd + 4)
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1])
  const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0)
  if (/^transfer-encoding: *chunked/im.test(head)) {
    if (!body.endsWith('0\r\n\r\n')) return null
    const chunk = /^[0-9a-f]+\r\n(?<data>[^]*)\r\n0\r\n\r\n$/i.exec(body)
    return { status, body: json(chunk?.groups?.['data'] ?? '') }
  }
  const bytes = Buffer.from(body)
  // What comes after it answers something else that was on the wire.
  return bytes.length < length ? null : { status, body: json(bytes.subarray(0, length).toString()) }
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** The head of a POST with the secret key; `headers` give its framing. */
export const postHead = (path: string, key: string, ...headers: readonly string[]): string =>
  [
    `POST ${path} HTTP/1.1`,
    'Host: tsugi.example',
    `Authorization: Bearer ${key}`,
    'Content-Type: application/json',
    ...headers,
    '',
    '',
  ].join('\r\n')

export const chunk = (data: string): string =>
  `${Buffer.byteLength(data).toString(16)}\r\n${data}\r\n`

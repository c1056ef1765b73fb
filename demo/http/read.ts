/** What a request says, read with suspicion. */
import type { IncomingMessage } from 'node:http'

const MAX_BODY_BYTES = 16_384

/** The request cannot be served; the status says why. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** Names and values as they stand; a cookie of ours never needs decoding. */
export function readCookies(request: IncomingMessage): Map<string, string> {
  const cookies = new Map<string, string>()
  for (const part of (request.headers.cookie ?? '').split(';')) {
    const at = part.indexOf('=')
    if (at > 0) cookies.set(part.slice(0, at).trim(), part.slice(at + 1).trim())
  }
  return cookies
}

/** Throws a Refusal for a path that is no path. */
export function readUrl(request: IncomingMessage): URL {
  try {
    // The host plays no part: an absolute address in the request line is refused with the rest.
    const url = new URL(`http://shop${request.url ?? '/'}`)
    if (url.host !== 'shop') throw new Refusal(400, 'not a path of this shop')
    decodeURIComponent(url.pathname)
    return url
  } catch {
    throw new Refusal(400, 'not an address')
  }
}

/** Throws a Refusal when it is too long. */
export async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > MAX_BODY_BYTES) throw new Refusal(413, 'too long')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** Another site's page may link here, but not post. */
export function requireSameSite(request: IncomingMessage): void {
  const site = request.headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin' && site !== 'none') {
    throw new Refusal(403, 'posted from elsewhere')
  }
}

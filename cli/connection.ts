/** Which worker, and by what right. */
import type { Connection } from './admin-api.ts'

export const DEMO_TOKEN = 'at_demo'
const DEMO_SECRET_KEY = 'sk_demo'

export interface ConnectionOptions {
  readonly url?: string
  readonly token?: string
}
type Environment = Readonly<Record<string, string | undefined>>

/** What was typed was not enough, or wrong. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/**
 * --url, else TSUGI_URL, else the local worker on PORT. --token, else
 * TSUGI_TOKEN, else the demo's: but that only for a worker on this machine.
 */
export function connectionOf(options: ConnectionOptions, environment: Environment): Connection {
  const url = urlOf(options, environment)
  const token = options.token ?? environment['TSUGI_TOKEN'] ?? (isLoopback(url) ? DEMO_TOKEN : null)
  if (token === null) {
    throw new UsageError(
      `${url.origin} wants its admin token: give --token, or set TSUGI_TOKEN (better: it stays out of your shell's history).`,
    )
  }
  return { url: addressOf(url), token }
}

/** --key, else TSUGI_SECRET_KEY, else the demo's: that, too, for this machine alone. */
export function secretConnectionOf(
  options: ConnectionOptions & { readonly key?: string },
  environment: Environment,
): { readonly url: string; readonly secretKey: string } {
  const url = urlOf(options, environment)
  const secretKey =
    options.key ?? environment['TSUGI_SECRET_KEY'] ?? (isLoopback(url) ? DEMO_SECRET_KEY : null)
  if (secretKey === null) {
    throw new UsageError(
      `${url.origin} wants the secret key of a source: give --key, or set TSUGI_SECRET_KEY (better: it stays out of your shell's history).`,
    )
  }
  return { url: addressOf(url), secretKey }
}

function urlOf(options: ConnectionOptions, environment: Environment): URL {
  const told = options.url ?? environment['TSUGI_URL']
  return parse(told ?? `http://127.0.0.1:${environment['PORT'] ?? '8787'}`)
}

const addressOf = (url: URL): string => `${url.origin}${url.pathname}`.replace(/\/+$/, '')

function parse(text: string): URL {
  const url = URL.parse(text)
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new UsageError(`"${text}" is not an address such as https://tsugi.example.com`)
  }
  return url
}

function isLoopback(url: URL): boolean {
  return /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(url.hostname)
}

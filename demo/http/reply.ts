/** Answers as data, and how they go out. */
import type { ServerResponse } from 'node:http'
import type { Html } from '../html.ts'

export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string | readonly string[]>>
  readonly body: string
}

const ALWAYS = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'strict-origin-when-cross-origin',
}

export const redirect = (to: string, cookies: readonly string[]): Reply => ({
  status: 303,
  headers: { location: to, 'set-cookie': cookies, 'cache-control': 'no-store' },
  body: '',
})

export const file = (type: string, body: string, cache = 'no-cache'): Reply => ({
  status: 200,
  headers: {
    'content-type': type,
    'cache-control': cache,
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
  },
  body,
})

export const plain = (status: number, body: string): Reply => ({
  status,
  headers: { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' },
  body,
})

/** @param policy the page's Content-Security-Policy */
export const document = (
  status: number,
  { text }: Html,
  policy: string,
  cookies: readonly string[],
): Reply => ({
  status,
  headers: {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': policy,
    'cache-control': 'no-store',
    vary: 'cookie, accept-language',
    'set-cookie': cookies,
  },
  body: text,
})

const WEEKS_26_SECONDS = 15_724_800

/** Kept half a year; an empty value removes it. */
export const cookie = (name: string, value: string, seconds = WEEKS_26_SECONDS): string =>
  `${name}=${value}; Path=/; SameSite=Lax; HttpOnly; Max-Age=${value === '' ? 0 : seconds}`

export function send(response: ServerResponse, { status, headers, body }: Reply): void {
  response.writeHead(status, { ...ALWAYS, ...headers } as Record<string, string | string[]>)
  response.end(body)
}

/** The worker over HTTP, as pages, servers and operators talk to it. */
import { configuration, SECRET_KEY, VARS } from './configuration.ts'

export interface Answer {
  readonly status: number
  readonly headers: Headers
  // oxlint-disable-next-line typescript/no-explicit-any -- tests read whatever came back
  readonly body: any
}

export interface Client {
  /** POST with the secret key. A text is sent as it stands. */
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Answer>
  get(path: string, headers?: Record<string, string>): Promise<Answer>
  /** `GET /v1/profiles/:type/:value` with the secret key. */
  profile(type: string, value: string): Promise<Answer>
  /** Imports and activates the test's configuration. */
  publish(origins?: readonly string[]): Promise<void>
}

const bearer = (key: string) => ({ authorization: `Bearer ${key}` })

export function client(url: string): Client {
  const ask = async (path: string, init: RequestInit): Promise<Answer> => {
    const response = await fetch(url + path, { ...init, signal: AbortSignal.timeout(240_000) })
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.includes('json') === true
    return {
      status: response.status,
      headers: response.headers,
      body: isJson ? JSON.parse(text) : text,
    }
  }
  const send = (method: string, path: string, body: unknown, headers: Record<string, string>) =>
    ask(path, {
      method,
      body: typeof body === 'string' ? body : JSON.stringify(body),
      headers: { 'content-type': 'application/json', ...headers },
    })
  const get: Client['get'] = (path, headers = {}) => ask(path, { headers })
  const admin = async (method: string, path: string, body: unknown): Promise<void> => {
    const answer = await send(method, `/admin/v1${path}`, body, bearer(VARS.ADMIN_TOKEN))
    if (answer.status >= 300) throw new Error(`${path}: ${JSON.stringify(answer.body)}`)
  }
  return {
    post: (path, body, headers = bearer(SECRET_KEY)) => send('POST', path, body, headers),
    get,
    profile: (type, value) =>
      get(`/v1/profiles/${type}/${encodeURIComponent(value)}`, bearer(SECRET_KEY)),
    async publish(origins = []) {
      await admin('PUT', '/configuration', configuration(origins))
      await admin('POST', '/releases', { note: 'test' })
    },
  }
}

/** What the shop's server asks the worker with its secret key; the key never reaches a browser. */
import type { DecideAnswer } from '../../worker/contract/decide.ts'
import type { Customer } from '../shop/customer.ts'

/** As much of `GET /v1/profiles/:type/:value` as the panel tells. */
export interface KnownProfile {
  readonly firstSeen: string
  readonly identifiers: readonly { readonly type: string; readonly value: string }[]
  readonly traits: { readonly [name: string]: { readonly value: unknown } }
  readonly events: readonly {
    readonly event: string
    readonly properties: { readonly [name: string]: unknown }
  }[]
}

export interface Known {
  /** null for somebody of whom nothing is stored yet. */
  readonly profile: KnownProfile | null
  readonly answer: DecideAnswer
}

export interface Question {
  readonly anonymousId: string
  readonly customer: Customer | null
  readonly placements: readonly string[]
  readonly context: { readonly [name: string]: unknown }
}

export interface Worker {
  readonly url: string
  readonly secretKey: string
}

const PATIENCE_MS = 3000

/** The worker is there and has a configuration that is not this shop's: no such key, no such placement. */
export class OtherConfiguration extends Error {
  override readonly name = 'OtherConfiguration'
}

/** Throws when the worker cannot be asked, OtherConfiguration where it does not know the shop. */
export async function askTsugi(worker: Worker, question: Question): Promise<Known> {
  const [profile, answer] = await Promise.all([
    readProfile(worker, question),
    decide(worker, question),
  ])
  return { profile, answer }
}

async function decide(worker: Worker, question: Question): Promise<DecideAnswer> {
  const { anonymousId, customer, placements, context } = question
  const response = await call(worker, '/v1/decide', {
    method: 'POST',
    body: JSON.stringify({
      anonymousId,
      userId: customer?.userId,
      placements,
      context,
      explain: true,
    }),
  })
  if (response.status === 404) throw new OtherConfiguration(await response.text())
  if (!response.ok) throw new Error(`decide answered ${response.status}: ${await response.text()}`)
  return (await response.json()) as DecideAnswer
}

async function readProfile(
  worker: Worker,
  { anonymousId, customer }: Question,
): Promise<KnownProfile | null> {
  const [type, value] =
    customer === null ? ['anonymous_id', anonymousId] : ['user_id', customer.userId]
  const response = await call(worker, `/v1/profiles/${type}/${encodeURIComponent(value)}`)
  if (response.status === 404) return null
  if (!response.ok) throw new Error(`profiles answered ${response.status}`)
  return (await response.json()) as KnownProfile
}

async function call(worker: Worker, path: string, init: RequestInit = {}): Promise<Response> {
  const response = await fetch(worker.url + path, {
    ...init,
    signal: AbortSignal.timeout(PATIENCE_MS),
    headers: { authorization: `Bearer ${worker.secretKey}`, 'content-type': 'application/json' },
  })
  if (response.status === 401) throw new OtherConfiguration(await response.text())
  return response
}

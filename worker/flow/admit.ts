/** From what was sent to deliveries: each message checked alone, so that a bad one takes no good one with it. */
import * as v from 'valibot'
import type { SourceConfig } from '../contract/config.ts'
import {
  message as messageSchema,
  type Message,
  type Rejection,
  type RejectionCode,
} from '../contract/message.ts'
import type { Delivery } from '../core/ingest/delivery.ts'
import { guardJson } from '../contract/json.ts'
import { identifiersOf, type Sender } from '../core/identity/claims.ts'
import { digest } from '../core/hash.ts'
import type { Identifier } from '../core/identity/identifier.ts'
import { exposureKind } from '../core/profile/counting.ts'
import type { Release } from '../core/release/release.ts'
import { fail, ok, type Result } from '../core/result.ts'
import { correctTimes } from '../core/time.ts'
import { provenBy } from './asker.ts'
import { claimProperties } from './claim.ts'
import type { DecisionSeal, Hint, Ids, TokenVerifier } from './ports.ts'

export const EVENT_BYTES = 32_768
const EVENT_LIMITS = { depth: 16, keys: 1000 }

export interface AdmitPorts {
  readonly ids: Ids
  readonly tokens: TokenVerifier
  readonly seal: DecisionSeal
}

/** A browser that lost its storage and has a new anonymousId; its cookie proves the one it had. */
export interface FormerDevice {
  readonly anonymousId: string
  readonly was: string
}

/** Who asks, where messages come with a question: their token vouches for the same userId in them. */
export interface Asker {
  readonly userId?: string | null | undefined
  readonly token?: string | null | undefined
}

/** How long an exposure of a decision may be reported: mails are opened weeks later. */
export const DECISION_LIFE_MS = 90 * 86_400_000

export interface Arrival {
  readonly asker?: Asker
  readonly release: Release
  readonly source: SourceConfig
  /** True when the secret key was shown. */
  readonly trusted: boolean
  readonly messages: readonly unknown[]
  readonly sentAt: string | number | null | undefined
  readonly former?: FormerDevice | null
  /** The profileId that the sender was last told. */
  readonly hint?: Hint
  /** Of a browser that previews: logged, and nobody changes. */
  readonly preview?: boolean
  readonly receivedAtMs: number
  /** Bytes of the whole body: when it is small, no event in it can be too large. */
  readonly bytes: number
}

export interface Admitted {
  readonly deliveries: readonly Delivery[]
  readonly rejected: readonly Rejection[]
}

interface Refusal {
  readonly code: RejectionCode
  readonly detail: string
  readonly field?: string
}

export async function admit(ports: AdmitPorts, arrival: Arrival): Promise<Admitted> {
  const deliveries: Delivery[] = []
  const rejected: Rejection[] = []
  const verify = verifyOnce(ports.tokens, arrival)
  for (const [index, raw] of arrival.messages.entries()) {
    const result = await admitOne(ports, arrival, raw, verify)
    if (result.ok) deliveries.push(result.value)
    else rejected.push({ index, messageId: messageIdOf(raw), ...result.error })
  }
  return { deliveries, rejected }
}

function messageIdOf(raw: unknown): string | null {
  const id = (raw as { messageId?: unknown } | null)?.messageId
  return typeof id === 'string' ? id : null
}

type Verify = (token: string) => Promise<readonly Identifier[] | null>

/** A batch mostly carries one token many times. */
function verifyOnce(tokens: TokenVerifier, { source, release }: Arrival): Verify {
  const known = new Map<string, Promise<readonly Identifier[] | null>>()
  return (token) => {
    const standing =
      known.get(token) ?? provenBy(tokens, source, token, release.workspace.phoneRegion)
    known.set(token, standing)
    return standing
  }
}

const refuse = (code: RejectionCode, detail: string, field?: string): Result<never, Refusal> =>
  fail({ code, detail, ...(field === undefined ? {} : { field }) })

async function admitOne(
  ports: AdmitPorts,
  arrival: Arrival,
  raw: unknown,
  verify: Verify,
): Promise<Result<Delivery, Refusal>> {
  const { release, source, trusted, receivedAtMs } = arrival
  const fault = guardJson(raw, EVENT_LIMITS)
  if (fault !== null) return refuse('invalid_message', JSON_FAULTS[fault.code], fault.path.slice(1))
  if (
    arrival.bytes > EVENT_BYTES &&
    new TextEncoder().encode(JSON.stringify(raw)).length > EVENT_BYTES
  ) {
    return refuse('event_too_large', `an event is at most ${EVENT_BYTES} bytes`)
  }
  const parsed = v.safeParse(messageSchema, raw, { abortEarly: true })
  if (!parsed.success) {
    const [issue] = parsed.issues
    return refuse('invalid_message', issue.message, v.getDotPath(issue) ?? undefined)
  }
  const checked = checkMeaning(ports, parsed.output, receivedAtMs)
  if (!checked.ok) return checked
  const { message, ofPreview } = checked.value

  const token =
    message.token ?? (message.userId === arrival.asker?.userId ? arrival.asker?.token : null)
  const proven = token == null || trusted ? [] : await verify(token)
  if (proven === null) {
    return refuse('invalid_token', 'the token does not hold for this source', 'token')
  }
  const sender: Sender = trusted
    ? { kind: 'secret' }
    : { kind: 'public', identity: source.identity, proven }
  const identifiers = identifiersOf(
    message,
    sender,
    release.rules.identity,
    arrival.former?.anonymousId === message.anonymousId ? arrival.former?.was : null,
  )
  if ('invalid' in identifiers) {
    return refuse('invalid_identifier', 'that value can identify nobody', identifiers.invalid)
  }
  if (identifiers.usable.length === 0) {
    return identifiers.claims.length > 0
      ? refuse(
          'missing_identifier',
          'without an anonymousId, a userId needs a token signed by the host',
        )
      : refuse('missing_identifier', 'an anonymousId or a userId is needed')
  }
  const times = correctTimes(message, arrival.sentAt, receivedAtMs)
  if (!times.ok) return refuse('invalid_timestamp', 'not a time, or one before 1970', times.error)
  return ok({
    message,
    identifiers,
    times: times.value,
    receivedAtMs,
    source: source.key,
    ...(arrival.preview === true || ofPreview ? { preview: true } : {}),
  })
}

const JSON_FAULTS = {
  too_deep: `nested deeper than ${EVENT_LIMITS.depth} levels`,
  too_many_keys: `more than ${EVENT_LIMITS.keys} keys`,
  forbidden_key: 'a key that no event may have',
  not_finite: 'a number too large to be one',
} as const

interface Meaning {
  readonly message: Message & { readonly messageId: string }
  /** An exposure of what a preview showed. */
  readonly ofPreview: boolean
}

/** What the schema cannot say: names that are ours, and exposures of decisions that were. */
function checkMeaning(
  { ids, seal }: AdmitPorts,
  message: Message,
  receivedAtMs: number,
): Result<Meaning, Refusal> {
  const messageId = message.messageId ?? ids.messageId()
  if (messageId.startsWith('$')) {
    return refuse('invalid_message', 'messageIds that begin with "$" are reserved', 'messageId')
  }
  const plain = ok({ message: { ...message, messageId }, ofPreview: false })
  if (message.type !== 'track') return plain
  const { event } = message
  if (event == null || event === '') {
    return refuse('invalid_message', 'a track message names its event', 'event')
  }
  const kind = exposureKind({ type: 'track', event })
  if (kind === undefined || kind === 'served') {
    return event.startsWith('$') && event !== '$consent'
      ? refuse('invalid_message', 'event names that begin with "$" are reserved', 'event')
      : plain
  }
  const decisionId = message.properties?.['decisionId']
  const claim = typeof decisionId === 'string' ? seal.open(decisionId) : null
  if (claim === null) {
    return refuse(
      'invalid_decision_id',
      'not a decision of this deployment',
      'properties.decisionId',
    )
  }
  const { id, asker, preview } = claim
  if (receivedAtMs >= claim.atMs + DECISION_LIFE_MS) {
    return refuse('invalid_decision_id', 'the decision is too old', 'properties.decisionId')
  }
  if (asker !== null && asker !== digest(message.anonymousId ?? message.userId ?? '')) {
    return refuse(
      'invalid_decision_id',
      'the decision was somebody else’s',
      'properties.decisionId',
    )
  }
  return ok({
    message: {
      ...message,
      // One impression a decision, however often it is reported.
      messageId: `${kind}:${id}`,
      properties: { decisionId: decisionId as string, ...claimProperties(claim) },
    },
    ofPreview: preview === true,
  })
}

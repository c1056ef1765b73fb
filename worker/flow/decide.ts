/** Answers what to show: folds what came with the question, then decides within the budget. */
import type { DecideAnswer, DecideBody, DecisionAnswer, Explanation } from '../contract/decide.ts'
import type { JsonObject } from '../contract/message.ts'
import type { SourceConfig } from '../contract/config.ts'
import { digest } from '../core/hash.ts'
import { factsOf } from '../core/condition/facts.ts'
import {
  decidePlacement,
  fallbackDecision,
  type DecideInput,
  type Decision,
} from '../core/decision/decide.ts'
import { explainer } from '../core/decision/explain.ts'
import type { Identifier } from '../core/identity/identifier.ts'
import { splitKeyOf } from '../core/identity/split-key.ts'
import { emptyProfile, type Profile } from '../core/profile/profile.ts'
import type { CompiledPlacement } from '../core/decision/plan.ts'
import type { Release } from '../core/release/release.ts'
import { fail, ok, type Result } from '../core/result.ts'
import { instantMs } from '../core/time.ts'
import type { FormerDevice } from './admit.ts'
import { askerOf } from './asker.ts'
import { collect, type CollectPorts } from './collect.ts'
import { StoreError, type DecisionSeal } from './ports.ts'

export interface DecideRequest {
  readonly release: Release
  readonly source: SourceConfig
  readonly trusted: boolean
  readonly body: DecideBody
  readonly requestId: string
  readonly former?: FormerDevice | null
  readonly receivedAtMs: number
  readonly budgetMs: number
  readonly bytes: number
}

interface Question extends DecideRequest {
  readonly identifiers: readonly Identifier[]
  readonly placements: readonly CompiledPlacement[]
  /** The moment to decide for: `at`, or now. */
  readonly nowMs: number
}

export interface DecideError {
  readonly code: 'unknown_placement' | 'invalid_token' | 'invalid_identifier' | 'invalid_body'
  readonly field: string
  readonly detail?: string
}

export interface DecidePorts extends CollectPorts {
  /** Lets work go on after the answer. */
  readonly background: (work: Promise<unknown>) => void
}

type Known = Pick<DecideAnswer, 'acked' | 'rejected'> & { readonly profile: Profile | null }

export async function decide(
  ports: DecidePorts,
  request: DecideRequest,
): Promise<Result<DecideAnswer, DecideError>> {
  const { release, body } = request
  const nowMs = body.at == null ? request.receivedAtMs : instantMs(body.at)
  if (nowMs === null)
    return fail({ code: 'invalid_body', field: 'at', detail: 'no ISO 8601 instant' })
  const placements = placementsOf(release, body.placements)
  if (!placements.ok) return placements
  const asker = await askerOf(ports.tokens, {
    ...request,
    rules: release.rules.identity,
  })
  if (!asker.ok) return asker
  const question = { ...request, nowMs, placements: placements.value, identifiers: asker.value }
  return ok(await answerInTime(ports, question))
}

function placementsOf(
  release: Release,
  keys: readonly string[],
): Result<CompiledPlacement[], DecideError> {
  const placements: CompiledPlacement[] = []
  for (const key of new Set(keys)) {
    const placement = release.placements.get(key)
    if (placement === undefined) {
      return fail({ code: 'unknown_placement', field: 'placements', detail: `"${key}"` })
    }
    placements.push(placement)
  }
  return ok(placements)
}

async function answerInTime(ports: DecidePorts, question: Question): Promise<DecideAnswer> {
  const learning = learn(ports, question)
  const learned = await ports.timer.within(question.budgetMs, learning)
  if (learned === null) ports.background(learning)
  const answered = learned?.outcome ?? null
  const decisions = answerAll(ports.seal, question, answered)
  return {
    decisions,
    acked: answered?.acked ?? [],
    rejected: answered?.rejected ?? [],
    profileId: answered?.profile?.id ?? null,
    epoch: question.release.epoch,
    degraded: answered === null,
  }
}

/** Folds the events and finds the profile; null when the store cannot say. */
async function learn(ports: DecidePorts, question: Question): Promise<Known | null> {
  const events = question.body.events ?? []
  const { identifiers } = question
  if (events.length > 0) {
    const collected = await collect(ports, {
      release: question.release,
      source: question.source,
      trusted: question.trusted,
      messages: events,
      sentAt: question.body.sentAt,
      former: question.former ?? null,
      asker: question.body,
      receivedAtMs: question.receivedAtMs,
      bytes: question.bytes,
    })
    if (!collected.ok) return null
    const { acked, rejected, people } = collected.value
    const [strongest] = identifiers
    if (strongest === undefined) return { acked, rejected, profile: null }
    // The events may be a weaker identifier's, and of somebody else: a shared device.
    const profile = ownerAmong([...people.values()], [strongest])
    if (profile !== null) return { acked, rejected, profile }
    const stored = await load(ports, identifiers)
    return stored === 'failed' ? null : { acked, rejected, profile: stored }
  }
  if (identifiers.length === 0) return { acked: [], rejected: [], profile: null }
  const profile = await load(ports, identifiers)
  return profile === 'failed' ? null : { acked: [], rejected: [], profile }
}

async function load(
  { store }: DecidePorts,
  identifiers: readonly Identifier[],
): Promise<Profile | null | 'failed'> {
  try {
    const loaded = await store.load(identifiers)
    return ownerAmong(
      loaded.filter(({ mergedInto }) => mergedInto === null).map(({ profile }) => profile),
      identifiers,
    )
  } catch (error) {
    if (error instanceof StoreError) return 'failed'
    throw error
  }
}

/** The profile that owns the strongest identifier anybody owns. */
function ownerAmong(
  profiles: readonly Profile[],
  identifiers: readonly Identifier[],
): Profile | null {
  for (const { type, value } of identifiers) {
    const owner = profiles.find((profile) =>
      profile.identifiers.some((i) => i.type === type && i.value === value),
    )
    if (owner !== undefined) return owner
  }
  return null
}

/** Somebody we know nothing of, split as they will be once they are known. */
function stranger({ identifiers, requestId }: Question): Profile {
  const [first] = identifiers
  return emptyProfile('', first === undefined ? `request:${requestId}` : splitKeyOf(identifiers))
}

function answerAll(
  seal: DecisionSeal,
  question: Question,
  known: Known | null,
): DecideAnswer['decisions'] {
  const { release, body, nowMs } = question
  const profile = known?.profile ?? stranger(question)
  const facts = factsOf(release.segments, profile, body.context ?? {}, nowMs)
  const input: DecideInput = {
    facts,
    language: languageOf(body.context),
    stopped: release.stopped,
    taken: new Set(),
  }
  const decisions: Record<string, DecisionAnswer> = {}
  for (const placement of question.placements) {
    const explain =
      question.trusted && body.explain === true ? explainer(release, facts) : undefined
    const decision =
      known === null && !release.stopped
        ? fallbackDecision(placement, 'degraded', input)
        : decidePlacement(placement, input, explain?.witness)
    decisions[placement.key] = answer(seal, question, decision, explain?.explanation())
  }
  return decisions
}

function answer(
  seal: DecisionSeal,
  { release, requestId, trusted, nowMs, body }: Question,
  decision: Decision,
  explanation: Explanation | undefined,
): DecisionAnswer {
  const asker = trusted ? null : digest(body.anonymousId ?? body.userId ?? '')
  const items = decision.choices.map(({ action, content, arm, propensity }, i) => ({
    decisionId: seal.seal({
      id: `${requestId}:${asker ?? ''}:${decision.placement}:${i}`,
      asker,
      placement: decision.placement,
      policy: decision.policy,
      action: action.key,
      arm,
      propensity,
      epoch: release.epoch,
      atMs: nowMs,
    }),
    content,
    ...(trusted ? { action: action.key } : {}),
  }))
  return {
    items,
    ...(trusted ? { reason: decision.reason } : {}),
    ...(explanation === undefined ? {} : { explain: explanation }),
  }
}

/** "ja-JP" speaks "ja". */
function languageOf(context: JsonObject | null | undefined): string {
  const locale = context?.['locale']
  return typeof locale === 'string' ? (locale.toLowerCase().split(/[-_]/)[0] ?? '') : ''
}

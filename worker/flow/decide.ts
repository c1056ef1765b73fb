/** Answers what to show: folds what came with the question, then decides within the budget. */
import type { DecideAnswer, DecideBody } from '../contract/decide.ts'
import type { SourceConfig } from '../contract/config.ts'
import type { Forced } from '../core/decision/forced.ts'
import { previewOf } from '../core/decision/preview.ts'
import { SHUT_ROOM } from '../core/decision/stock.ts'
import type { CompiledPlacement } from '../core/decision/plan.ts'
import { digest } from '../core/hash.ts'
import type { Identifier } from '../core/identity/identifier.ts'
import type { Profile } from '../core/profile/profile.ts'
import type { Release } from '../core/release/release.ts'
import { fail, ok, type Result } from '../core/result.ts'
import { instantMs } from '../core/time.ts'
import type { Arrival, FormerDevice } from './admit.ts'
import {
  decidePlacements,
  tellPlacements,
  type Decided,
  type Manner,
  type PlacementsQuestion,
} from './answer-placements.ts'
import { living, ownerAmong, strangerOf } from './asked-person.ts'
import { askerOf } from './asker.ts'
import { placementsOf } from './asked-placements.ts'
import { collect, type CollectPorts } from './collect.ts'
import type { DecisionLog } from './decision-log.ts'
import { decisionRecords, isLogged } from './decision-record.ts'
import { StoreError, type Stocks } from './ports.ts'
import { stockLevels, type StockLevels } from './stock-takes.ts'
import { reserving, type LinesFate } from './reserve.ts'

export interface DecideRequest extends Partial<Pick<Manner, 'tells' | 'apart'>> {
  readonly release: Release
  readonly source: SourceConfig
  readonly trusted: boolean
  readonly body: DecideBody
  /** Beside or instead of the body's ids: one of any type that a server names. */
  readonly id?: { readonly type: string; readonly value: string } | null
  readonly requestId: string
  /** Of the browser that asks; null where a server does. */
  readonly userAgent?: string | null
  /** As the connection of that browser shows it. */
  readonly timezone?: string | null
  readonly former?: FormerDevice | null
  readonly receivedAtMs: number
  readonly budgetMs: number
  readonly bytes: number
  /** What this browser looks at in place of what it would get: nobody changes by it. */
  readonly forced?: Forced | null
  /** Nothing is spent for it: what a cap on *served* would count goes uncounted, and what has a stock is not shown. */
  readonly readOnly?: boolean
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
  /** Without one there is enough of everything. */
  readonly stocks?: Stocks
  /** Without one only what is reserved is logged. */
  readonly decisionLog?: DecisionLog
}

interface Known extends Pick<DecideAnswer, 'acked' | 'rejected'> {
  readonly profile: Profile | null
  readonly levels?: StockLevels | null
  /** Where deciding might take a commit. */
  readonly decided?: readonly Decided[]
}

export async function decide(
  ports: DecidePorts,
  request: DecideRequest,
): Promise<Result<DecideAnswer, DecideError>> {
  const { release, body } = request
  const { atMs } = request.forced ?? { atMs: null }
  const nowMs = body.at == null ? (atMs ?? request.receivedAtMs) : instantMs(body.at)
  if (nowMs === null)
    return fail({
      code: 'invalid_body',
      field: 'at',
      detail: 'expected a moment such as 2026-04-01T00:00:00+09:00',
    })
  const placements = placementsOf(release, body)
  if (!placements.ok) return placements
  const asker = await askerOf(ports.tokens, {
    ...request,
    rules: release.rules.identity,
  })
  if (!asker.ok) return asker
  const question = { ...request, nowMs, placements: placements.value, identifiers: asker.value }
  return ok(await answerInTime(ports, question))
}

async function answerInTime(ports: DecidePorts, question: Question): Promise<DecideAnswer> {
  const fate: LinesFate = { degraded: false, committed: false }
  const settling = settle(ports, question, fate)
  const settled = await ports.timer.within(question.budgetMs, settling)
  fate.degraded = settled === null
  const known = settled?.outcome ?? null
  const profile = known?.profile ?? strangerIn(question)
  const asking = askingOf(question, profile, known?.levels ?? null, known === null)
  const decided = known?.decided ?? decidePlacements(asking)
  const addLines = (): void => {
    if (fate.committed) return
    const profileId = known?.profile?.id ?? null
    ports.decisionLog?.add(decisionRecords(asking, question.source.key, decided, profileId))
  }
  // What is being reserved counts as served, though the fallback is shown.
  const late = settled === null && fate.committed
  if (settled === null) ports.background(late ? settling.then(addLines) : settling)
  if (!late) addLines()
  return {
    decisions: await tellPlacements(ports.seal, asking, decided),
    acked: known?.acked ?? [],
    rejected: known?.rejected ?? [],
    profileId: known?.profile?.id ?? null,
    epoch: question.release.epoch,
    degraded: known === null,
    ...(question.forced == null ? {} : { preview: true as const }),
  }
}

const strangerIn = ({ identifiers, requestId }: Question): Profile =>
  strangerOf(identifiers, requestId)

function askingOf(
  question: Question,
  profile: Profile,
  levels: StockLevels | null,
  degraded: boolean,
): PlacementsQuestion {
  const { body, trusted, identifiers, release, requestId } = question
  const asker = trusted ? null : digest(body.anonymousId ?? body.userId ?? '')
  return {
    ...question,
    profile,
    context: body.context,
    asker,
    tells: question.tells ?? trusted,
    explain: trusted && body.explain === true,
    apart: question.apart ?? false,
    atMost: body.atMost ?? null,
    identified: identifiers.length > 0,
    asksAgain: body.requestId != null,
    degraded,
    stock: isRead(question) ? SHUT_ROOM : (levels?.room() ?? null),
    logs: isServing(question) && isLogged(release.house.logged, { requestId, asker }),
    preview:
      question.forced == null
        ? null
        : previewOf(question.forced, question.release, question.placements),
  }
}

/** A look at another moment, or at why, is no serving. */
const isServing = ({ body, readOnly, forced }: Question): boolean =>
  readOnly !== true && forced == null && body.at == null && body.explain !== true

/** What is shown to be used, and yet reserved by nobody: flags in bulk. */
const isRead = ({ readOnly, forced }: Question): boolean => readOnly === true && forced == null

const spends = (question: Question): boolean =>
  question.placements.some(({ reserves }) => reserves) &&
  question.identifiers.length > 0 &&
  isServing(question)

/** Folds what came along, finds the person, and decides as far as that takes a commit; null when the store cannot say. */
async function settle(
  ports: DecidePorts,
  question: Question,
  fate: LinesFate,
): Promise<Known | null> {
  const { body, identifiers, receivedAtMs, source } = question
  let levels: StockLevels | null
  try {
    levels = isRead(question) ? null : await stockLevels(ports.stocks, question.placements)
  } catch (error) {
    if (error instanceof StoreError) return null
    throw error
  }
  if (!spends(question)) {
    const known = await learn(ports, question)
    return known === null ? null : { ...known, levels }
  }
  const reservation = reserving({
    identifiers,
    source: source.key,
    receivedAtMs,
    stranger: strangerIn(question),
    levels,
    asking: (profile) => askingOf(question, profile, levels, false),
    fate,
  })
  const collected = await collect(ports, arrivalOf(question, body.events ?? []), reservation.rider)
  // The last of its commits was refused.
  if (!collected.ok && collected.error === 'store_busy') fate.committed = false
  const decided = reservation.outcome()
  if (!collected.ok || decided === null) return null
  const { acked, rejected, people } = collected.value
  const profile = ownerAmong([...people.values()], identifiers)
  return { acked, rejected, profile, decided }
}

const arrivalOf = (question: Question, messages: readonly unknown[]): Arrival => ({
  release: question.release,
  source: question.source,
  trusted: question.trusted,
  messages,
  sentAt: question.body.sentAt,
  former: question.former ?? null,
  hint: question.body.hint,
  preview: question.forced != null,
  asker: question.body,
  receivedAtMs: question.receivedAtMs,
  bytes: question.bytes,
})

/** Folds the events and finds the profile; null when the store cannot say. */
async function learn(ports: DecidePorts, question: Question): Promise<Known | null> {
  const events = question.body.events ?? []
  const { identifiers } = question
  if (events.length > 0) {
    const collected = await collect(ports, arrivalOf(question, events))
    // Without them it still knows who it is: the sender keeps them and comes again.
    if (!collected.ok) return collected.error === 'outbox_full' ? known(ports, question) : null
    const { acked, rejected, people } = collected.value
    const [strongest] = identifiers
    if (strongest === undefined) return { acked, rejected, profile: null }
    // The events may be a weaker identifier's, and of somebody else: a shared device.
    const profile = ownerAmong([...people.values()], [strongest])
    if (profile !== null) return { acked, rejected, profile }
    const stored = await load(ports, question)
    return stored === 'failed' ? null : { acked, rejected, profile: stored }
  }
  return known(ports, question)
}

/** As somebody of whom nothing new is told. */
async function known(ports: DecidePorts, question: Question): Promise<Known | null> {
  if (question.identifiers.length === 0) return { acked: [], rejected: [], profile: null }
  const profile = await load(ports, question)
  return profile === 'failed' ? null : { acked: [], rejected: [], profile }
}

async function load(
  { store }: DecidePorts,
  { identifiers, body }: Question,
): Promise<Profile | null | 'failed'> {
  try {
    return ownerAmong(living(await store.load(identifiers, body.hint)), identifiers)
  } catch (error) {
    if (error instanceof StoreError) return 'failed'
    throw error
  }
}

/** The composition root: from bindings to what flows need. */
import { uuidv7 } from 'uuidv7'
import type { Env } from './env.ts'
import type { ConfigurationStore } from './flow/configuration-ports.ts'
import type { DrainDeps } from './flow/drain.ts'
import type { DecidePorts } from './flow/decide.ts'
import type { DecisionSeal, TokenVerifier } from './flow/ports.ts'
import { emptyCell, heldReleases, type HeldReleases } from './flow/releases.ts'
import { answers, type Answers } from './http/answers.ts'
import { decisionSeal } from './http/decision-seal.ts'
import { tokenVerifier } from './http/tokens.ts'
import { d1ConfigurationStore } from './store/d1/configuration-store.ts'
import { d1Leases } from './store/d1/lease.ts'
import { d1Manifests } from './store/d1/manifest.ts'
import { d1Outbox } from './store/d1/outbox-reader.ts'
import { d1ProfileStore } from './store/d1/profile-store.ts'
import type { Meter } from './store/meter.ts'
import { encodeBatch } from './warehouse/encode-batch.ts'
import { r2Bucket } from './warehouse/r2-bucket.ts'
import { warehouseStatus, type WarehouseStatus } from './warehouse/status.ts'

export interface Deps extends DecidePorts {
  readonly configuration: ConfigurationStore
  readonly releases: HeldReleases
  readonly answers: Answers
  readonly meter: Meter
  readonly decideBudgetMs: number
  readonly nowMs: () => number
  readonly log: (line: Readonly<Record<string, unknown>>) => void
  readonly warehouseStatus: () => Promise<WarehouseStatus>
}

/** What an isolate keeps from one request to the next. */
interface Isolate {
  readonly cell: ReturnType<typeof emptyCell>
  readonly answers: Answers
  readonly seal: DecisionSeal
  readonly tokens: TokenVerifier
}
let isolate: Isolate | undefined

const isolateOf = (env: Env): Isolate => ({
  cell: emptyCell(),
  answers: answers(),
  seal: decisionSeal(requireSecret(env.SIGNING_KEY, 'SIGNING_KEY')),
  tokens: tokenVerifier(JSON.parse(env.IDENTITY_SECRETS ?? '{}') as Record<string, string>),
})

function requireSecret(value: string | undefined, name: string): string {
  if (value === undefined || value.length < 32) {
    throw new Error(`${name} must be set to 32 characters or more: docs/deploy.md`)
  }
  return value
}

const ids = { messageId: uuidv7, profileId: uuidv7, commitId: uuidv7 }
const timer = {
  pause: (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)),
  jitter: () => Math.random(),
}
const DEFAULT_BUDGET_MS = 100

export function requestDeps(env: Env, ctx: Pick<ExecutionContext, 'waitUntil'>): Deps {
  isolate ??= isolateOf(env)
  const meter: Meter = { trips: 0 }
  const nowMs = (): number => Date.now()
  const background = (work: Promise<unknown>): void => ctx.waitUntil(work)
  const configuration = d1ConfigurationStore(env.DB, meter)
  return {
    configuration,
    releases: heldReleases(isolate.cell, configuration, nowMs, background),
    store: d1ProfileStore(env.DB, meter),
    answers: isolate.answers,
    seal: isolate.seal,
    tokens: isolate.tokens,
    ids,
    timer,
    meter,
    nowMs,
    background,
    decideBudgetMs: Number(env.DECIDE_BUDGET_MS ?? DEFAULT_BUDGET_MS),
    log,
    warehouseStatus: () => warehouseStatus(drainDeps(env), nowMs()),
  }
}

export const drainDeps = (env: Pick<Env, 'DB' | 'BUCKET'>): DrainDeps => ({
  clock: { nowMs: () => Date.now() },
  outbox: d1Outbox(env.DB),
  leases: d1Leases(env.DB),
  manifests: d1Manifests(env.DB),
  bucket: r2Bucket(env.BUCKET),
  encode: encodeBatch,
})

/** One structured line. */
export function log(line: Readonly<Record<string, unknown>>): void {
  // oxlint-disable-next-line no-console -- the platform's log is what console writes
  console.log(JSON.stringify(line))
}

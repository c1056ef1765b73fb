/** The composition root: from bindings to what flows need. */
import { uuidv7 } from 'uuidv7'
import type { Env } from './env.ts'
import type { ConfigurationStore } from './flow/configuration-ports.ts'
import type { CompactDeps } from './flow/compact.ts'
import type { DrainDeps } from './flow/drain.ts'
import type { DecidePorts } from './flow/decide.ts'
import { emptyLog, type LogCell } from './flow/decision-log.ts'
import type {
  DecisionSeal,
  DueProfiles,
  Ids,
  OutboxView,
  ProfilesById,
  ProfileScan,
  Stocks,
  TokenVerifier,
  PreviewUses,
} from './flow/ports.ts'
import type { ListUploads } from './flow/list-ports.ts'
import { openGate, outboxGate, type GateCell, type OutboxLimits } from './flow/outbox-gate.ts'
import { emptyCell, heldReleases, type HeldReleases } from './flow/releases.ts'
import type { ReplayPorts } from './flow/replay.ts'
import type { DecisionLines } from './flow/replay-ports.ts'
import type { SnapshotDeps } from './flow/snapshot.ts'
import type { Models, Tallies } from './flow/learning-ports.ts'
import { answers, type Answers } from './http/answers.ts'
import { decisionSeal } from './http/decision-seal.ts'
import { lateTokens } from './http/late-tokens.ts'
import { ticketSeal, type TicketSeal } from './http/preview-seal.ts'
import { textSeal, type TextSeal } from './http/text-seal.ts'
import { d1ConfigurationStore } from './store/d1/configuration-store.ts'
import { d1ListUploads } from './store/d1/list-uploads.ts'
import { d1OutboxView } from './store/d1/outbox-view.ts'
import { d1PreviewUses } from './store/d1/preview-uses.ts'
import { d1ProfileStore } from './store/d1/profile-store.ts'
import { d1Models } from './store/d1/models.ts'
import { d1Tallies } from './store/d1/tallies.ts'
import { d1SinkLog } from './store/d1/sink-log.ts'
import type { Meter } from './store/meter.ts'
import { redisOf } from './store/redis/from-env.ts'
import type { RedisRoom } from './store/redis/redis-room.ts'
import type { SinkLog } from './warehouse/sink-ports.ts'
import { warehouseStatus, type WarehouseStatus } from './warehouse/status.ts'
import { decisionLinesOf, decisionLogOf, replayPortsOf } from './replay-deps.ts'
import {
  compactDepsOf,
  drainDepsOf,
  sinkRoomsOf,
  snapshotDepsOf,
  warehousePortsOf,
  type SinkRoom,
} from './warehouse-deps.ts'

export interface Deps extends DecidePorts {
  readonly profileScan: ProfileScan
  readonly stocks: Stocks
  readonly due: DueProfiles
  readonly byId: ProfilesById
  readonly lists: ListUploads
  readonly configuration: ConfigurationStore
  readonly releases: HeldReleases
  readonly outbox: OutboxView
  readonly answers: Answers
  readonly deviceSeal: TextSeal
  readonly previewSeals: PreviewSeals
  readonly previewUses: PreviewUses
  /** What an undo has read so far, while its caller holds it. */
  readonly undoSeal: TextSeal
  readonly meter: Meter
  readonly adminToken: string
  readonly decideBudgetMs: number
  readonly nowMs: () => number
  readonly log: (line: Readonly<Record<string, unknown>>) => void
  readonly warehouseStatus: () => Promise<WarehouseStatus>
  /** The same, as Prometheus reads it. */
  readonly metrics: () => Promise<string>
  readonly sinkNames: () => Promise<readonly string[]>
  readonly sinkLog: SinkLog
  readonly replay: () => ReplayPorts
  readonly decisionLines: () => DecisionLines
  readonly tallies: Tallies
  readonly models: Models
}

interface PreviewSeals {
  readonly link: TicketSeal
  readonly cookie: TicketSeal
}

/** What an isolate keeps from one request to the next. */
interface Isolate {
  readonly cell: ReturnType<typeof emptyCell>
  readonly gate: GateCell
  readonly logCell: LogCell
  readonly answers: Answers
  readonly adminToken: string
  readonly seal: DecisionSeal
  readonly deviceSeal: TextSeal
  readonly previewSeals: PreviewSeals
  readonly undoSeal: TextSeal
  readonly tokens: TokenVerifier
  /** null where D1 holds the profiles. */
  readonly redis: RedisRoom | null
  readonly ids: Ids
}
/** As much as an undo reads, and a third more for its base 64. */
const UNDO_CHARACTERS = 16_000_000

let isolate: Isolate | undefined

const isolateOf = (env: Env): Isolate => {
  const signingKey = requireSecret(env.SIGNING_KEY, 'SIGNING_KEY', 32)
  const redis = redisOf(env, signingKey)
  return {
    cell: emptyCell(),
    gate: openGate(),
    logCell: emptyLog(),
    answers: answers(),
    adminToken: requireSecret(env.ADMIN_TOKEN, 'ADMIN_TOKEN', env.TSUGI_DEMO === '1' ? 1 : 16),
    seal: decisionSeal(signingKey),
    deviceSeal: textSeal(signingKey, 'device'),
    previewSeals: {
      link: ticketSeal(signingKey, 'link'),
      cookie: ticketSeal(signingKey, 'cookie'),
    },
    undoSeal: textSeal(signingKey, 'undo', UNDO_CHARACTERS),
    tokens: lateTokens(JSON.parse(env.IDENTITY_SECRETS ?? '{}') as Record<string, string>),
    redis,
    ids: { messageId: uuidv7, profileId: profileIds(redis), commitId: uuidv7 },
  }
}

/** Redis finds a new person by an id that is made of the first identifier; D1 needs no such thing. */
const profileIds =
  (redis: RedisRoom | null): Ids['profileId'] =>
  (first, attempt) =>
    redis === null || attempt > 0 ? uuidv7() : redis.profileIdOf(first)

function requireSecret(value: string | undefined, name: string, length: number): string {
  if (value === undefined || value.length < length) {
    throw new Error(`${name} must be set to ${length} characters or more: docs/deploy.md`)
  }
  return value
}

const timer = {
  pause: (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)),
  within: async <T>(ms: number, work: Promise<T>): Promise<{ readonly outcome: T } | null> => {
    let timeout: ReturnType<typeof setTimeout> | null = null
    const late = new Promise<null>((resolve) => {
      timeout = setTimeout(() => resolve(null), ms)
    })
    try {
      return await Promise.race([work.then((outcome) => ({ outcome })), late])
    } finally {
      clearTimeout(timeout)
    }
  },
  nowMs: () => Date.now(),
  jitter: () => Math.random(),
}
const DEFAULT_BUDGET_MS = 100
/** Hours of a large site's events; less than half of what D1 holds in all. */
const OUTBOX_MAX_ROWS = 5_000_000
const OUTBOX_MAX_BYTES = 4_294_967_296

export function requestDeps(env: Env, ctx: Pick<ExecutionContext, 'waitUntil'>): Deps {
  isolate ??= isolateOf(env)
  const meter: Meter = { trips: 0 }
  const nowMs = (): number => Date.now()
  const background = (work: Promise<unknown>): void => ctx.waitUntil(work)
  const { redis, ids } = isolate
  const configuration = d1ConfigurationStore(env.DB, meter)
  const store = redis?.profiles(meter) ?? d1ProfileStore(env.DB, meter)
  const outbox = redis?.outboxView(meter) ?? d1OutboxView(env.DB, meter)
  const held = { store: configuration, nowMs, timer, background }
  const releases = heldReleases(isolate.cell, held)
  const readWarehouse = async (): Promise<WarehouseStatus> => {
    const ports = warehousePortsOf(env, redis, await releases.current())
    return warehouseStatus({ ...ports, outbox, limits: outboxLimits(env) }, nowMs())
  }
  const gate = outboxGate(isolate.gate, {
    // Not the request's own trip: it asked for nothing.
    outbox: redis?.outboxView({ trips: 0 }) ?? d1OutboxView(env.DB, { trips: 0 }),
    limits: outboxLimits(env),
    nowMs,
    background,
  })
  return {
    configuration,
    releases,
    store,
    profileScan: store,
    stocks: store,
    due: store,
    byId: store,
    lists: d1ListUploads(env.DB, meter),
    outbox,
    outboxGate: gate,
    decisionLog: decisionLogOf(env, redis, isolate.logCell, {
      ids,
      timer,
      outboxGate: gate,
      nowMs,
      background,
      log,
    }),
    answers: isolate.answers,
    adminToken: isolate.adminToken,
    deviceSeal: isolate.deviceSeal,
    previewSeals: isolate.previewSeals,
    previewUses: d1PreviewUses(env.DB, meter),
    undoSeal: isolate.undoSeal,
    seal: isolate.seal,
    tokens: isolate.tokens,
    ids,
    timer,
    meter,
    nowMs,
    background,
    replay: () => replayPortsOf(env, { redis, meter, releases, store, ids }),
    decisionLines: () => decisionLinesOf(env, redis, meter),
    decideBudgetMs: Number(env.DECIDE_BUDGET_MS) || DEFAULT_BUDGET_MS,
    log,
    warehouseStatus: readWarehouse,
    metrics: async () => {
      const { metricsText } = await import('./warehouse/metrics.ts')
      return metricsText(await readWarehouse(), nowMs())
    },
    sinkNames: async () => warehousePortsOf(env, redis, await releases.current()).sinks,
    sinkLog: d1SinkLog(env.DB),
    tallies: d1Tallies(env.DB, meter),
    models: d1Models(env.DB),
  }
}

const outboxLimits = (env: Env): OutboxLimits => ({
  maxRows: Number(env.OUTBOX_MAX_ROWS) || OUTBOX_MAX_ROWS,
  maxBytes: Number(env.OUTBOX_MAX_BYTES) || OUTBOX_MAX_BYTES,
})

/** What drains each shard of the outbox. */
export function drainDeps(env: Env): readonly DrainDeps[] {
  isolate ??= isolateOf(env)
  return drainDepsOf(env, isolate.redis)
}

/** What compacts the files of each shard. */
export const compactDeps = (env: Env): readonly CompactDeps[] => compactDepsOf(env, shardsOf(env))

const shardsOf = (env: Env): readonly string[] => drainDeps(env).map(({ outbox }) => outbox.shard)

const NO_BACKGROUND = { waitUntil: (): void => {} }

/** The sinks of the active release, with what feeds them. */
export async function sinkRooms(env: Env): Promise<readonly SinkRoom[]> {
  const release = await requestDeps(env, NO_BACKGROUND).releases.current()
  return sinkRoomsOf(env, release, shardsOf(env))
}

/** What takes the daily snapshot. */
export const snapshotDeps = (env: Env): SnapshotDeps =>
  snapshotDepsOf(env, requestDeps(env, NO_BACKGROUND))

/** null where that is nothing to worry about. */
export async function evictionWarning(env: Env): Promise<string | null> {
  isolate ??= isolateOf(env)
  const policy = (await isolate.redis?.evictionPolicy()) ?? 'noeviction'
  return policy === 'noeviction' || policy === 'unknown'
    ? null
    : `Redis throws keys away when it is full (maxmemory-policy ${policy}): set noeviction, or profiles will be lost`
}

/** One structured line. */
export function log(line: Readonly<Record<string, unknown>>): void {
  // oxlint-disable-next-line no-console -- the platform's log is what console writes
  console.log(JSON.stringify(line))
}

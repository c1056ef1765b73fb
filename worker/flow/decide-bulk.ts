/**
 * One question about a list of people: they are loaded a hundred at a time, or
 * fifty where something may have to be reserved for them, which then takes one
 * commit for all of these.
 */
import type { BulkDecision, BulkFault, BulkQuestion } from '../contract/bulk.ts'
import type { SourceConfig } from '../contract/config.ts'
import type { JsonObject } from '../contract/message.ts'
import type { CompiledPlacement } from '../core/decision/plan.ts'
import { digest } from '../core/hash.ts'
import { identifierKey, type Identifier } from '../core/identity/identifier.ts'
import type { Profile } from '../core/profile/profile.ts'
import type { EventRecord } from '../core/record.ts'
import type { Release } from '../core/release/release.ts'
import { instantMs } from '../core/time.ts'
import {
  decidePlacements,
  tellPlacements,
  type Decided,
  type PlacementsQuestion,
} from './answer-placements.ts'
import { living, ownerAmong, strangerOf } from './asked-person.ts'
import { failed, thrown, toldOf } from './bulk-fault.ts'
import { commitRider, type ChunkPorts } from './commit-chunk.ts'
import type { DecisionLog } from './decision-log.ts'
import { decisionRecords, isLogged } from './decision-record.ts'
import { StoreError, type DecisionSeal, type OutboxGate, type Stocks } from './ports.ts'
import { reservingMany } from './reserve-many.ts'
import { stockLevels, type StockLevels } from './stock-takes.ts'
import type { StockRoom } from '../core/decision/stock.ts'

export interface BulkPorts extends ChunkPorts {
  readonly seal: DecisionSeal
  readonly decisionLog?: DecisionLog
  readonly outboxGate?: OutboxGate
  readonly stocks?: Stocks
  readonly log: (line: Readonly<Record<string, unknown>>) => void
}

export interface BulkRun {
  readonly release: Release
  readonly source: SourceConfig
  readonly question: BulkQuestion
  readonly placements: readonly CompiledPlacement[]
  /** The moment to decide for: `at`, or when the question arrived. */
  readonly nowMs: number
  readonly receivedAtMs: number
  /** Of this request: what decisions are named by where the run has no name. */
  readonly requestId: string
}

export interface BulkPerson {
  readonly line: number
  readonly ref?: string
  readonly identifier: Identifier
  readonly context: JsonObject
}

/** The moment to decide for; null where `at` is none. */
export const askedMs = ({ at }: BulkQuestion, receivedAtMs: number): number | null =>
  at == null ? receivedAtMs : instantMs(at)

const PEOPLE_A_LOAD = 100
/** As many as a commit may change. */
const PEOPLE_A_COMMIT = 50

export const peopleAtOnce = ({ placements, question }: BulkRun): number =>
  spends(placements, question) ? PEOPLE_A_COMMIT : PEOPLE_A_LOAD

const spends = (placements: BulkRun['placements'], { at }: BulkQuestion): boolean =>
  at == null && placements.some(({ reserves }) => reserves)

type Told = BulkDecision | BulkFault

/** @param people as many as `peopleAtOnce` says, at most; in this order they are answered */
export async function decideMany(
  ports: BulkPorts,
  run: BulkRun,
  people: readonly BulkPerson[],
): Promise<Told[]> {
  try {
    return spends(run.placements, run.question)
      ? await reserveAll(ports, run, people)
      : await look(ports, run, people)
  } catch (error) {
    // Whose it was cannot be told: whoever comes after these is answered.
    return people.map((person) => thrown(ports, run, person, error))
  }
}

async function reserveAll(
  ports: BulkPorts,
  run: BulkRun,
  people: readonly BulkPerson[],
): Promise<Told[]> {
  const told = new Map<BulkPerson, Told>()
  // Whoever stands in the list twice is asked about again after what it did the first time.
  for (let left = people; left.length > 0;) {
    const { answered, again } = await reserve(ports, run, left)
    for (const [person, answer] of answered) told.set(person, answer)
    left = again
  }
  return people.map((person) => told.get(person) as Told)
}

async function look(
  ports: BulkPorts,
  run: BulkRun,
  people: readonly BulkPerson[],
): Promise<Told[]> {
  let profiles: readonly Profile[]
  let levels: StockLevels | null
  try {
    levels = await stockLevels(ports.stocks, run.placements)
    profiles = living(await ports.store.load(people.map(({ identifier }) => identifier)))
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    return people.map((person) => failed(person, 'store_unavailable'))
  }
  const log: EventRecord[] = []
  const told: Told[] = []
  for (const person of people) {
    try {
      const owner = ownerAmong(profiles, [person.identifier])
      const asking = askingOf(run, person, owner, levels?.room() ?? null)
      const decided = decidePlacements(asking)
      told.push(await tell(ports, person, owner, asking, decided))
      log.push(...decisionRecords(asking, run.source.key, decided, owner?.id ?? null))
    } catch (error) {
      told.push(thrown(ports, run, person, error))
    }
  }
  await ports.decisionLog?.write(log)
  return told
}

interface Reserved {
  readonly answered: readonly (readonly [BulkPerson, Told])[]
  readonly again: readonly BulkPerson[]
}

async function reserve(
  ports: BulkPorts,
  run: BulkRun,
  people: readonly BulkPerson[],
): Promise<Reserved> {
  let levels: StockLevels | null
  try {
    levels = await stockLevels(ports.stocks, run.placements)
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    return { answered: people.map((one) => [one, failed(one, 'store_unavailable')]), again: [] }
  }
  const reservation = reservingMany({
    people,
    levels,
    source: run.source.key,
    receivedAtMs: run.receivedAtMs,
    asking: (person, owner, stock) => askingOf(run, person, owner, stock),
  })
  const arrival = { release: run.release, receivedAtMs: run.receivedAtMs, bytes: 0 }
  const result =
    ports.outboxGate?.isFull() === true
      ? ({ ok: false, error: 'outbox_full' } as const)
      : await commitRider(ports, arrival, reservation.rider)
  if (!result.ok) {
    const { error } = result
    if (error === 'too_large') return reserveHalves(ports, run, people)
    return { answered: people.map((person) => [person, failed(person, error)]), again: [] }
  }
  const { made, again, broken, unlogged } = reservation.outcome()
  await ports.decisionLog?.write(unlogged)
  const answered: [BulkPerson, Told][] = []
  for (const { person, owner, asking, decided } of made) {
    try {
      answered.push([person, await tell(ports, person, owner, asking, decided)])
    } catch (error) {
      answered.push([person, thrown(ports, run, person, error)])
    }
  }
  for (const { person, error } of broken) answered.push([person, thrown(ports, run, person, error)])
  return { answered, again }
}

/** Two commits instead of one, and what becomes of the one says nothing of the other. */
async function reserveHalves(
  ports: BulkPorts,
  run: BulkRun,
  people: readonly BulkPerson[],
): Promise<Reserved> {
  const middle = Math.ceil(people.length / 2)
  const first = await reserve(ports, run, people.slice(0, middle))
  const second = await reserve(ports, run, people.slice(middle))
  return {
    answered: [...first.answered, ...second.answered],
    again: [...first.again, ...second.again],
  }
}

async function tell(
  { seal }: BulkPorts,
  person: BulkPerson,
  owner: Profile | null,
  asking: PlacementsQuestion,
  decided: readonly Decided[],
): Promise<BulkDecision> {
  return {
    ...toldOf(person),
    profileId: owner?.id ?? null,
    decisions: await tellPlacements(seal, asking, decided),
  }
}

function askingOf(
  { release, placements, question, nowMs, requestId }: BulkRun,
  { identifier, context, line }: BulkPerson,
  owner: Profile | null,
  stock: StockRoom | null,
): PlacementsQuestion {
  const { run, at, atMost } = question
  const id = run == null ? `${requestId}:${line}` : `${run}:${digest(identifierKey(identifier))}`
  return {
    release,
    placements,
    profile: owner ?? strangerOf([identifier], id),
    context: { ...question.context, ...context },
    asker: null,
    tells: true,
    explain: false,
    apart: false,
    atMost: atMost ?? null,
    identified: true,
    asksAgain: run != null,
    nowMs,
    requestId: id,
    degraded: false,
    stock,
    logs: at == null && isLogged(release.house.logged, { requestId: id, asker: null }),
  }
}

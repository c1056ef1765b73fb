/** Why a decision of the past came out as it did: its log line found, and decided again. */
import type { Configuration } from '../contract/config.ts'
import type { NamedKind, WhyAnswer } from '../contract/why.ts'
import { isoIn } from '../core/calendar/clock.ts'
import type { Decision } from '../core/decision/decide.ts'
import { replay, type DecisionLine } from '../core/decision/replay.ts'
import { reasonOf } from '../core/decision/explain.ts'
import { retold } from '../core/decision/retold.ts'
import type { EventRecord } from '../core/record.ts'
import { compileRelease } from '../core/release/compile.ts'
import type { Release } from '../core/release/release.ts'
import { fail, ok, type Result } from '../core/result.ts'
import { DECISION_LIFE_MS } from './admit.ts'
import type { ConfigurationStore } from './configuration-ports.ts'
import { logIdOf } from './decision-record.ts'
import { formulasFor } from './formulas.ts'
import type { DecisionClaim, DecisionSeal } from './ports.ts'
import { regexFor } from './regex.ts'
import type { DecisionLines } from './replay-ports.ts'

export interface WhyPorts {
  readonly seal: DecisionSeal
  readonly lines: DecisionLines
  readonly configuration: Pick<ConfigurationStore, 'activation'>
}

export interface WhyError {
  readonly code: 'invalid_decision_id' | 'not_found'
  readonly detail: string
}

/** Throws StoreError, and BrokenFileError where a file of that hour cannot be read. */
export async function why(
  { seal, lines, configuration }: WhyPorts,
  decisionId: string,
  nowMs: number,
): Promise<Result<WhyAnswer, WhyError>> {
  const claim = seal.open(decisionId)
  if (claim === null) {
    return fail({ code: 'invalid_decision_id', detail: 'not a decision of this deployment' })
  }
  const was = await configuration.activation(claim.epoch)
  if (was === null) return fail({ code: 'not_found', detail: `no epoch ${claim.epoch}` })
  const release = await releaseOf(was)
  const id = logIdOf(claim)
  const found = await lines.find([id], claim.atMs)
  const record = found.get(id)
  const base = claimed(claim, release, was.configuration, nowMs)
  if (record === undefined || !isOf(claim, record)) return ok(base)
  const line = await lineOf(record, lines, claim.atMs)
  return ok({ ...base, ...logged(record), ...replayed(release, line, claim, record) })
}

/** Where a fallback was quicker than what was reserved, the line is of what nobody was shown. */
const isOf = ({ policy }: DecisionClaim, { properties }: EventRecord): boolean =>
  properties?.['policy'] === policy

const releaseOf = async ({
  configuration,
  release: number,
  epoch,
  stopped,
}: NonNullable<Awaited<ReturnType<ConfigurationStore['activation']>>>): Promise<Release> => {
  const [regex, formulas] = [await regexFor(configuration), await formulasFor(configuration)]
  return compileRelease(configuration, { number, epoch, stopped }, regex, formulas)
}

/** The first record of a question has the line of all. */
async function lineOf(
  { properties }: EventRecord,
  lines: DecisionLines,
  atMs: number,
): Promise<DecisionLine | null> {
  const elsewhere = properties?.['lineIn']
  if (typeof elsewhere !== 'string') return (properties?.['line'] ?? null) as DecisionLine | null
  const first = (await lines.find([elsewhere], atMs)).get(elsewhere)
  return (first?.properties?.['line'] ?? null) as DecisionLine | null
}

function claimed(
  claim: DecisionClaim,
  release: Release,
  configuration: Configuration,
  nowMs: number,
): WhyAnswer {
  const { placement, action, position, atMs, epoch, policy, arm, propensity, experiments } = claim
  return {
    placement,
    action,
    position,
    at: isoIn(release.house.calendar.zone, atMs),
    expired: nowMs >= atMs + DECISION_LIFE_MS,
    epoch,
    release: release.number,
    profileId: null,
    policy,
    arm,
    propensity,
    experiments: experiments ?? {},
    replay: 'not_logged',
    shown: action === null ? [] : [action],
    instead: [],
    reason: null,
    stopped: null,
    policies: [],
    names: namesOf(configuration),
  }
}

const namesOf = (config: Configuration): WhyAnswer['names'] => {
  const named = (list: readonly { readonly key: string; readonly name: string }[]) =>
    Object.fromEntries(list.map(({ key, name }) => [key, name]))
  const { placements, policies, actions, segments, experiments } = config
  return {
    placements: named(placements),
    policies: named(policies),
    actions: named(actions),
    segments: named(segments),
    experiments: named(experiments),
  } satisfies { readonly [kind in NamedKind]: unknown }
}

const textsOf = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []

const logged = ({ profileId, properties }: EventRecord) => ({
  profileId,
  shown: textsOf(properties?.['actions']),
  instead: textsOf(properties?.['instead']),
})

type Retold = Pick<WhyAnswer, 'replay' | 'reason' | 'stopped' | 'policies'>
const UNTOLD = { reason: null, stopped: null, policies: [] } as const

function replayed(
  release: Release,
  line: DecisionLine | null,
  { placement }: DecisionClaim,
  record: EventRecord,
): Retold {
  if (line === null || line.answers === null) return { replay: 'not_replayable', ...UNTOLD }
  const account = retold(release, placement)
  let decision: Decision | undefined
  try {
    const decisions = replay(release, line, account.witnessOf)
    decision = decisions?.find((one) => one.placement.key === placement)
  } catch (error) {
    // It asks for other things than it did then.
    if (!(error instanceof RangeError)) throw error
  }
  if (decision === undefined) return { replay: 'different', ...UNTOLD }
  const { stopped, policies, question } = account.told(decision)
  return {
    replay: isSame(decision, record) ? 'same' : 'different',
    reason: reasonOf(decision, question),
    stopped,
    policies,
  }
}

function isSame(
  { choices, because, kind, policy }: Decision,
  { properties }: EventRecord,
): boolean {
  const shown = choices.map(({ action }) => action.key)
  return (
    JSON.stringify(shown) === JSON.stringify(properties?.['actions']) &&
    (because ?? kind) === properties?.['reason'] &&
    (policy?.key ?? null) === properties?.['policy']
  )
}

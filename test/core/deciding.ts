/** One person, one request, one release: what the cases of cases/decisions*.json are made of. */
import * as v from 'valibot'
import { expect } from 'vitest'
import { configuration as schema } from '../../worker/contract/config.ts'
import type { JsonObject } from '../../worker/contract/message.ts'
import type { FallbackCause, Gate, Reason } from '../../worker/contract/reason.ts'
import { factsOf } from '../../worker/core/condition/facts.ts'
import { isBot } from '../../worker/core/decision/bot.ts'
import { decidePlacement, type Decision } from '../../worker/core/decision/decide.ts'
import { explainer, reasonOf } from '../../worker/core/decision/explain.ts'
import { formulaEngine } from '../../worker/core/decision/formula.ts'
import type { Tape } from '../../worker/core/decision/tape.ts'
import type { Model } from '../../worker/core/learning/model.ts'
import { Question } from '../../worker/core/decision/question.ts'
import { fold } from '../../worker/core/profile/fold.ts'
import { emptyProfile, type Profile } from '../../worker/core/profile/profile.ts'
import type { EventRecord } from '../../worker/core/record.ts'
import { checkConfiguration } from '../../worker/core/release/check.ts'
import { compileRelease } from '../../worker/core/release/compile.ts'
import type { Release } from '../../worker/core/release/release.ts'

export interface World {
  readonly workspace?: JsonObject
  readonly placements?: readonly JsonObject[]
  readonly segments?: readonly JsonObject[]
  readonly aggregates?: readonly JsonObject[]
  readonly goals?: readonly JsonObject[]
  readonly campaigns?: readonly JsonObject[]
  readonly tags?: readonly JsonObject[]
  readonly actions?: readonly JsonObject[]
  readonly policies?: readonly JsonObject[]
  readonly experiments?: readonly JsonObject[]
}

export interface Exposure {
  readonly kind?: 'served' | 'impression' | 'click' | 'dismiss'
  readonly action?: string
  readonly policy?: string | null
  readonly placement?: string
  readonly position?: number
  readonly experiments?: JsonObject
  readonly at: string
}

export interface Person {
  readonly splitKey?: string
  readonly traits?: JsonObject
  readonly consents?: Readonly<Record<string, boolean>>
  readonly events?: readonly (readonly [event: string, at: string, properties?: JsonObject])[]
  /** Of actions, by the policy "only" of the placement "hero". */
  readonly impressions?: readonly (readonly [action: string, at: string])[]
  readonly exposures?: readonly Exposure[]
}

export interface Case extends World, Person {
  readonly name: string
  readonly placement?: string | readonly string[]
  readonly context?: JsonObject
  readonly userAgent?: string
  readonly language?: string
  readonly at?: string
  readonly stopped?: boolean
  readonly atMost?: number
  readonly identified?: boolean
  readonly preview?: {
    readonly actions?: Readonly<Record<string, string>>
    readonly arms?: Readonly<Record<string, string>>
  }
  readonly expect: Readonly<Record<string, readonly string[]>>
  readonly because?: FallbackCause
  readonly notBefore?: string
  /** What each placement's lots came to. */
  readonly arms?: Readonly<Record<string, string>>
  /** What a holdout kept away. */
  readonly instead?: readonly string[]
  /** Policy or action → the gate that stopped it. */
  readonly stops?: Readonly<Record<string, Gate>>
}

const NOW = '2026-03-01T12:00:00Z'
const base = { source: 's', profileId: 'p', epoch: 1, originalTimestampMs: null, sentAtMs: null }

/** As somebody would write it. */
export function draftOf(world: World) {
  const { workspace = {}, policies = [], ...rest } = world
  return {
    workspace: { name: 'Cases', ...workspace },
    sources: [{ key: 's', name: 'S', writeKey: 'wk_cases' }],
    ...rest,
    policies: policies.map((policy) => ({
      key: 'only',
      name: 'Policy',
      placement: 'hero',
      ...policy,
    })),
  }
}

export const configurationOf = (world: World) => v.parse(schema, draftOf(world))

export function releaseOf(world: World, stopped = false): Release {
  const config = configurationOf(world)
  expect(checkConfiguration(config, null, formulaEngine)).toEqual([])
  return compileRelease(config, { number: 1, epoch: 1, stopped }, null, formulaEngine)
}

/** The person's records, as a commit would have written them down. */
export function recordsOf(person: Person, nowMs: number): EventRecord[] {
  const records: EventRecord[] = []
  const add = (atMs: number, rest: Partial<EventRecord>): void => {
    const messageId = `m${records.length}`
    records.push({
      ...base,
      type: 'track',
      messageId,
      timestampMs: atMs,
      receivedAtMs: atMs,
      ...rest,
    })
  }
  const { traits, consents, events = [], impressions = [], exposures = [] } = person
  for (const [event, at, properties = {}] of events) add(Date.parse(at), { event, properties })
  const shown = impressions.map(([action, at]): Exposure => ({ action, at }))
  for (const { kind = 'impression', at, ...properties } of [...shown, ...exposures]) {
    const told = { policy: 'only', placement: 'hero', ...properties } as JsonObject
    add(Date.parse(at), { event: `$${kind}`, properties: told })
  }
  if (consents !== undefined) add(nowMs, { event: '$consent', properties: consents })
  if (traits !== undefined) add(nowMs, { type: 'identify', traits })
  return records
}

export const profileOf = (person: Person, release: Release, nowMs: number): Profile =>
  fold(
    emptyProfile('p', person.splitKey ?? 'anonymous_id:a'),
    recordsOf(person, nowMs),
    release.rules,
  )

export type Asking = Pick<
  Case,
  'placement' | 'context' | 'userAgent' | 'language' | 'at' | 'atMost' | 'preview' | 'identified'
>

export function questionOf(
  release: Release,
  profile: Profile,
  asking: Asking,
  tape: Tape | null = null,
  models: Model | null = null,
): Question {
  const { context = {}, userAgent = '', language = 'en', atMost = null, preview } = asking
  return new Question({
    facts: factsOf(release.segments, profile, context, Date.parse(asking.at ?? NOW)),
    house: release.house,
    language,
    stopped: release.stopped,
    bot: isBot(userAgent),
    atMost,
    tape,
    identified: asking.identified ?? true,
    decisionId: (placement, position) => `q:${placement}:${position}`,
    models,
    preview:
      preview === undefined
        ? null
        : {
            actions: new Map(Object.entries(preview.actions ?? {})),
            arms: new Map(Object.entries(preview.arms ?? {})),
            segments: new Map(),
          },
  })
}

export interface Outcome {
  readonly decisions: readonly Decision[]
  readonly reasons: readonly Reason[]
}

/** Decides the asked placements in order, as one request. */
export function decideAll(release: Release, profile: Profile, asking: Asking): Outcome {
  const question = questionOf(release, profile, asking)
  const decisions = [asking.placement ?? 'hero'].flat().map((key) => {
    const placement = release.placements.get(key)
    if (placement === undefined) throw new Error(key)
    return decidePlacement(placement, question)
  })
  return { decisions, reasons: decisions.map((decision) => reasonOf(decision, question)) }
}

/** The same with a witness, and what it saw. */
export function explainAll(release: Release, profile: Profile, asking: Asking) {
  const question = questionOf(release, profile, asking)
  const accounts = [asking.placement ?? 'hero'].flat().map((key) => {
    const account = explainer(release, question)
    const decision = decidePlacement(release.placements.get(key)!, question, account.witness)
    return { decision, explanation: account.explanation(decision) }
  })
  return {
    decisions: accounts.map(({ decision }) => decision),
    explanations: accounts.map(({ explanation }) => explanation),
  }
}

export const shown = (decisions: readonly Decision[]) =>
  Object.fromEntries(
    decisions.map(({ placement, choices }) => [
      placement.key,
      choices.map(({ action }) => action.key),
    ]),
  )

export const nowOf = ({ at }: Pick<Case, 'at'>): number => Date.parse(at ?? NOW)

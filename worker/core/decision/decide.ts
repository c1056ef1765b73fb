/**
 * What each placement shows. Policies are asked from the highest priority
 * down; the first whose gates open and that has an action left decides.
 * Pure: the same release, profile, context and moment give the same answer.
 */
import type { Content, FallbackCause, Gate, Reason } from '../../contract/decide.ts'
import type { Facts } from '../condition/facts.ts'
import { fraction } from '../hash.ts'
import { countExposures } from '../profile/exposures.ts'
import type {
  CompiledAction,
  CompiledCap,
  CompiledPlacement,
  CompiledPolicy,
  Schedule,
} from './plan.ts'

export interface Choice {
  readonly action: CompiledAction
  readonly content: Content
  readonly arm: string | null
  /** Probability with which this was drawn; 1 where nothing was. */
  readonly propensity: number
}

export interface Decision {
  readonly placement: string
  readonly policy: string | null
  /** Best first; empty where there is no fallback either. */
  readonly choices: readonly Choice[]
  readonly reason: Reason
}

/** Told each time a gate stops something; only explain passes one. */
export interface Witness {
  policy(policy: CompiledPolicy, stoppedBy: Gate | null): void
  action(
    policy: CompiledPolicy,
    action: CompiledAction,
    stoppedBy: Gate | null,
    detail?: string,
  ): void
}

export interface DecideInput {
  readonly facts: Facts
  /** Primary language subtag of the request: "ja". */
  readonly language: string
  readonly stopped: boolean
  /** Actions that an earlier placement of the same request shows. */
  readonly taken: Set<string>
}

export function decidePlacement(
  placement: CompiledPlacement,
  input: DecideInput,
  witness?: Witness,
): Decision {
  if (input.stopped) return emptyDecision(placement, 'stopped')
  let because: FallbackCause = 'no_policy_matched'
  for (const policy of placement.policies) {
    const stopped = policyGate(policy, input.facts)
    witness?.policy(policy, stopped)
    if (stopped !== null) continue
    const decision =
      policy.choice.by === 'priority'
        ? byPriority(placement, policy, policy.choice.actions, input, witness)
        : bySplit(placement, policy, policy.choice, input, witness)
    if (decision !== null) return decision
    because = 'no_action_left'
  }
  return fallbackDecision(placement, because, input)
}

function policyGate(policy: CompiledPolicy, facts: Facts): Gate | null {
  if (!isOpen(policy.schedule, facts.nowMs)) return 'schedule'
  if (policy.audience !== null && !policy.audience.holds(facts)) return 'audience'
  if (firstCap(policy.caps, facts) !== null) return 'cap'
  return null
}

function byPriority(
  placement: CompiledPlacement,
  policy: CompiledPolicy,
  actions: readonly CompiledAction[],
  input: DecideInput,
  witness: Witness | undefined,
): Decision | null {
  const choices: Choice[] = []
  for (const action of actions) {
    const full = choices.length >= policy.limit
    if (full && witness === undefined) break
    const stopped = actionGate(action, input) ?? (full ? ('outranked' as const) : null)
    witness?.action(policy, action, stopped, capDetail(stopped, action, input.facts))
    if (stopped === null) choices.push(choiceOf(action, input, null, 1))
  }
  if (choices.length === 0) return null
  for (const { action } of choices) input.taken.add(action.key)
  return {
    placement: placement.key,
    policy: policy.key,
    choices,
    reason: { kind: 'priority', policy: policy.key },
  }
}

type Split = Extract<CompiledPolicy['choice'], { by: 'split' }>

/** The arm is drawn by the person and the seed alone, so that it stays theirs. */
function bySplit(
  placement: CompiledPlacement,
  policy: CompiledPolicy,
  { seed, arms }: Split,
  input: DecideInput,
  witness: Witness | undefined,
): Decision | null {
  let at = fraction(seed, input.facts.profile.splitKey)
  let drawn = arms.findLast((arm) => arm.share > 0) as Split['arms'][number]
  for (const arm of arms) {
    if (at < arm.share) {
      drawn = arm
      break
    }
    at -= arm.share
  }
  if (witness !== undefined) {
    for (const arm of arms) {
      if (arm !== drawn && arm.action !== null) {
        witness.action(policy, arm.action, 'not_drawn', `arm ${arm.key}`)
      }
    }
  }
  const { action, key: arm, share } = drawn
  if (action === null) {
    return { ...fallbackDecision(placement, 'control_arm', input, policy.key, arm, share) }
  }
  const stopped = actionGate(action, input)
  witness?.action(policy, action, stopped, capDetail(stopped, action, input.facts) ?? `arm ${arm}`)
  if (stopped !== null) return null
  input.taken.add(action.key)
  return {
    placement: placement.key,
    policy: policy.key,
    choices: [choiceOf(action, input, arm, share)],
    reason: { kind: 'split', policy: policy.key, arm },
  }
}

function actionGate(action: CompiledAction, { facts, taken }: DecideInput): Gate | null {
  if (!isOpen(action.schedule, facts.nowMs)) return 'schedule'
  if (action.when !== null && !action.when.holds(facts)) return 'eligibility'
  if (firstCap(action.caps, facts) !== null) return 'cap'
  return taken.has(action.key) ? 'excluded' : null
}

const isOpen = ({ fromMs, untilMs }: Schedule, nowMs: number): boolean =>
  nowMs >= fromMs && nowMs < untilMs

function firstCap(caps: readonly CompiledCap[], { profile, nowMs }: Facts): CompiledCap | null {
  for (const cap of caps) {
    const count = Object.hasOwn(profile.exposures, cap.counter)
      ? profile.exposures[cap.counter]
      : undefined
    if (countExposures(count, cap.windowMs, nowMs) >= cap.max) return cap
  }
  return null
}

function capDetail(stopped: Gate | null, action: CompiledAction, facts: Facts): string | undefined {
  if (stopped !== 'cap') return undefined
  const cap = firstCap(action.caps, facts) as CompiledCap
  const window = cap.windowMs === Infinity ? 'ever' : `in ${cap.windowMs / 3_600_000} h`
  return `at most ${cap.max} ${cap.of}s ${window}`
}

const choiceOf = (
  action: CompiledAction,
  { language }: DecideInput,
  arm: string | null,
  propensity: number,
): Choice => ({
  action,
  content: action.translations.get(language) ?? action.content,
  arm,
  propensity,
})

/** The placement's own fallback, whatever the person's profile says. */
export function fallbackDecision(
  { key, fallback }: CompiledPlacement,
  because: FallbackCause,
  input: DecideInput,
  policy: string | null = null,
  arm: string | null = null,
  propensity = 1,
): Decision {
  const open = fallback !== null && isOpen(fallback.schedule, input.facts.nowMs)
  return {
    placement: key,
    policy,
    choices: open ? [choiceOf(fallback, input, arm, propensity)] : [],
    reason: { kind: 'fallback', because, ...(policy === null ? {} : { policy }) },
  }
}

/** Nothing at all: the page's own content stays. */
const emptyDecision = ({ key }: CompiledPlacement, because: FallbackCause): Decision => ({
  placement: key,
  policy: null,
  choices: [],
  reason: { kind: 'fallback', because },
})

/**
 * What each placement shows. Policies are asked from the highest priority
 * down; the first whose gates open and that has an action left decides.
 * Pure: the same release, profile, context and moment give the same answer.
 */
import type { FallbackCause, Gate } from '../../contract/reason.ts'
import { drawLots, type Drawn, type Lots } from './assignment.ts'
import { choiceOf, choose, chooseOnly, type ActionWitness, type Choice } from './choose.ts'
import { capGate, isOpen, placementGate, policyGate, type Stop } from './gates.ts'
import { keptFor, type Kept } from './kept.ts'
import { situationOf, type Situation } from './learned.ts'
import type { CompiledPlacement, CompiledPolicy, Ranking } from './plan.ts'
import type { Question } from './question.ts'

export interface Decision {
  readonly placement: CompiledPlacement
  readonly policy: CompiledPolicy | null
  /** Best first; empty where there is no fallback either. */
  readonly choices: readonly Choice[]
  readonly kind: 'preview' | Ranking['by'] | 'varied' | 'fallback'
  /** Of a fallback. */
  readonly because: FallbackCause | null
  /** When it may be otherwise, where a gate knows. */
  readonly notBeforeMs: number | null
  /** The lot that decided between the policy's arms. */
  readonly variation: Drawn | null
  /** Every lot that had a say: who meets the decision is exposed to them. */
  readonly drawn: readonly Drawn[]
  /** What the policy's draw went by; null where it does not learn. */
  readonly learned: Situation | null
  /** What a holdout kept from the person. */
  readonly instead: readonly Choice[]
  /** Reserved when the same question was asked before, and given again. */
  readonly kept: Pick<Kept, 'atMs' | 'epoch'> | null
}

/** Told each time a gate stops something; only explain passes one. */
export interface Witness {
  readonly placement: (stop: Stop) => void
  readonly policy: (policy: CompiledPolicy, stop: Stop | null) => void
  readonly action: ActionWitness
}

const NONE: readonly never[] = []

/** Placements of one request are decided in order, with one question. */
export function decidePlacement(
  placement: CompiledPlacement,
  question: Question,
  witness?: Witness,
): Decision {
  const forced = question.asked.preview?.actions.get(placement.key)
  const action = forced === undefined ? undefined : placement.actions.get(forced)
  if (action !== undefined) {
    return { ...BLANK, placement, kind: 'preview', choices: [choiceOf(action, 1, question)] }
  }
  const kept = keptFor(placement, question)
  if (kept !== null) return keptDecision(placement, kept, question)
  const stop = placementGate(placement, question)
  if (stop !== null) {
    witness?.placement(stop)
    return stoppedDecision(placement, question, stop)
  }
  const decision = byPolicies(placement, question, witness)
  if (decision.because === null) question.filled++
  return decision
}

type Blank = Omit<Decision, 'placement' | 'kind' | 'choices'>
const BLANK: Blank = {
  policy: null,
  because: null,
  notBeforeMs: null,
  variation: null,
  drawn: NONE,
  learned: null,
  instead: NONE,
  kept: null,
}

function byPolicies(
  placement: CompiledPlacement,
  question: Question,
  witness: Witness | undefined,
): Decision {
  let because: FallbackCause = 'no_policy_matched'
  // Most requests draw no lot.
  let drawn: readonly Drawn[] = NONE
  for (const policy of placement.policies) {
    const shut = policyGate(policy, question)
    if (shut !== null) {
      witness?.policy(policy, shut)
      continue
    }
    const lots = drawLots(policy, question)
    const { variation } = lots
    if (variation !== null) drawn = withLot(drawn, variation)
    const stop = lots.stop ?? capGate(policy.caps, question)
    witness?.policy(policy, stop)
    const held = stop?.by === 'holdout'
    if (stop !== null && !held) continue
    const choices = choicesOf(policy, variation, question, !held, witness?.action)
    if (choices === 'control') {
      return fallbackDecision(placement, question, 'control_arm', { policy, variation, drawn })
    }
    if (choices.length === 0) {
      because = 'no_action_left'
      continue
    }
    for (const lot of lots.holdouts) drawn = withLot(drawn, lot)
    if (held) {
      return fallbackDecision(placement, question, 'holdout', { policy, drawn, instead: choices })
    }
    question.expect(policy.adds)
    question.expect(placement.adds)
    return { ...BLANK, placement, policy, choices, ...basisOf(policy, variation, question), drawn }
  }
  return fallbackDecision(placement, question, because, { drawn })
}

/** The lots are drawn again: they fall as they fell. */
function keptDecision(placement: CompiledPlacement, kept: Kept, question: Question): Decision {
  const { policy, choices } = kept
  let drawn: readonly Drawn[] = NONE
  let own: Lots | undefined
  for (const other of placement.policies) {
    if (policyGate(other, question) !== null) continue
    const lots = drawLots(other, question)
    if (lots.variation !== null) drawn = withLot(drawn, lots.variation)
    if (other !== policy) continue
    for (const lot of lots.holdouts) drawn = withLot(drawn, lot)
    own = lots
    break
  }
  question.filled++
  for (const { action } of choices) question.giveAgain(action)
  const variation = own?.variation ?? null
  return {
    ...BLANK,
    placement,
    policy,
    choices,
    ...basisOf(policy, variation, question),
    drawn,
    kept,
  }
}

const withLot = (drawn: readonly Drawn[], lot: Drawn): readonly Drawn[] =>
  drawn.some(({ experiment }) => experiment === lot.experiment) ? drawn : [...drawn, lot]

/** By what the policy chose. */
function basisOf(
  policy: CompiledPolicy,
  variation: Drawn | null,
  question: Question,
): Pick<Decision, 'kind' | 'variation' | 'learned'> {
  if (variesBy(policy, variation)) return { kind: 'varied', variation, learned: null }
  return { kind: policy.ranking.by, variation, learned: situationOf(policy, question) }
}

const variesBy = ({ variation }: CompiledPolicy, drawn: Lots['variation']): boolean =>
  drawn !== null && variation?.actions.has(drawn.arm.key) === true

function choicesOf(
  policy: CompiledPolicy,
  drawn: Drawn | null,
  question: Question,
  taking: boolean,
  witness: ActionWitness | undefined,
): readonly Choice[] | 'control' {
  if (drawn === null || !variesBy(policy, drawn)) {
    return choose(policy, question, taking, witness)
  }
  const { actions } = policy.variation as NonNullable<CompiledPolicy['variation']>
  const action = actions.get(drawn.arm.key) ?? null
  if (witness !== undefined) {
    for (const [arm, other] of actions) {
      const stop: Stop = { by: 'not_drawn', detail: `arm ${arm}` }
      if (arm !== drawn.arm.key && other !== null) witness(policy, other, stop)
    }
  }
  return action === null
    ? 'control'
    : chooseOnly(policy, action, drawn.arm.share, question, witness)
}

const CAUSES: Partial<Record<Gate, FallbackCause>> = {
  bot: 'bot',
  staff: 'staff',
  channel: 'no_consent',
  quiet_hours: 'quiet_hours',
  enough: 'enough',
  cap: 'cap_reached',
}
/** Stops under which nothing must reach the person, not even a fallback. */
const SILENT: ReadonlySet<Gate> = new Set(['stopped', 'channel', 'quiet_hours', 'enough'])

function stoppedDecision(
  placement: CompiledPlacement,
  question: Question,
  { by, notBeforeMs }: Stop,
): Decision {
  const because = CAUSES[by] ?? 'stopped'
  if (SILENT.has(by) || (placement.sends && by === 'cap')) {
    const base = { ...BLANK, placement, because, choices: NONE }
    return { ...base, kind: 'fallback', notBeforeMs: notBeforeMs ?? null }
  }
  return fallbackDecision(placement, question, because)
}

/** The placement's own fallback, whatever the person's profile says. */
export function fallbackDecision(
  placement: CompiledPlacement,
  question: Question,
  because: FallbackCause,
  over: Partial<Decision> = {},
): Decision {
  const { fallback } = placement
  const open = fallback !== null && isOpen(fallback.schedule, question.nowMs)
  const propensity = over.variation?.arm.share ?? 1
  const choices = open ? [choiceOf(fallback, propensity, question)] : NONE
  return { ...BLANK, placement, kind: 'fallback', because, choices, ...over }
}

/** What has to be open before anything is chosen. Each gate answers what stops it, or null. */
import type { Gate } from '../../contract/reason.ts'
import type {
  CompiledAction,
  CompiledCap,
  CompiledPlacement,
  CompiledPolicy,
  Schedule,
} from './plan.ts'
import type { Question } from './question.ts'

/** What stopped something, in as few words as a decision needs: explain.ts tells the rest. */
export interface Stop {
  readonly by: Gate
  readonly cap?: CompiledCap
  /** When it opens by itself, where the gate itself knows. */
  readonly notBeforeMs?: number
  readonly detail?: string
}

/** What stops a placement as a whole. */
export function placementGate(placement: CompiledPlacement, question: Question): Stop | null {
  const { asked } = question
  if (asked.stopped) return STOPPED
  if (asked.bot) return BOT
  if (question.isStaff) return STAFF
  const { consentPurpose, quietHours } = placement
  if (consentPurpose !== null && !question.agreedTo(consentPurpose)) {
    return { by: 'channel', detail: `no consent to "${consentPurpose}"` }
  }
  if (quietHours !== null) {
    const untilMs = question.quietUntilMs(quietHours)
    if (untilMs !== null) return { by: 'quiet_hours', notBeforeMs: untilMs }
  }
  if (placement.adds.served && !asked.identified) return UNIDENTIFIED
  if (asked.atMost !== null && question.filled >= asked.atMost) return ENOUGH
  return capGate(placement.caps, question)
}
const STOPPED: Stop = { by: 'stopped' }
const BOT: Stop = { by: 'bot' }
const STAFF: Stop = { by: 'staff' }
const UNIDENTIFIED: Stop = { by: 'unidentified' }
const ENOUGH: Stop = { by: 'enough' }

/** What stops a policy for this person, before any lot is drawn. */
export function policyGate(policy: CompiledPolicy, question: Question): Stop | null {
  const shut = scheduleGate(policy.schedule, question.nowMs)
  if (shut !== null) return shut
  if (policy.allNeedConsent && question.refused) return CONSENT
  if (policy.adds.served && !question.asked.identified) return UNIDENTIFIED
  if (policy.audience !== null && !question.holds(policy.audience)) return AUDIENCE
  return null
}
const CONSENT: Stop = { by: 'consent', detail: 'personalization was refused' }
const AUDIENCE: Stop = { by: 'audience' }

/** What stops an action under a policy, as far as it does not depend on the others chosen. */
export function actionGate(
  policy: CompiledPolicy,
  action: CompiledAction,
  question: Question,
): Stop | null {
  const shut = scheduleGate(action.schedule, question.nowMs)
  if (shut !== null) return shut
  if ((action.needsConsent ?? policy.needsConsent) && question.refused) return CONSENT
  if (action.when !== null && !question.holds(action.when)) return ELIGIBILITY
  if (action.adds.served && !question.asked.identified) return UNIDENTIFIED
  if (question.isOut(action)) return OUT
  const full = roomGate(action, question)
  if (full !== null) return full
  return question.taken.has(action.key) ? EXCLUDED : null
}

/** What the request itself may have filled since. */
export const roomGate = (action: CompiledAction, question: Question): Stop | null =>
  capGate(action.caps, question) ?? (question.tooManyOf(action.tags) ? DIVERSITY : null)
const OUT: Stop = { by: 'stock' }
const ELIGIBILITY: Stop = { by: 'eligibility' }
const EXCLUDED: Stop = { by: 'excluded' }
export const DIVERSITY: Stop = { by: 'diversity' }

export function capGate(caps: readonly CompiledCap[], question: Question): Stop | null {
  const cap = caps.length === 0 ? null : question.reached(caps)
  if (cap === null) return null
  return { by: cap.of === 'conversion' ? 'converted' : 'cap', cap }
}

export const isOpen = ({ fromMs, untilMs }: Schedule, nowMs: number): boolean =>
  nowMs >= fromMs && nowMs < untilMs

function scheduleGate({ fromMs, untilMs }: Schedule, nowMs: number): Stop | null {
  if (nowMs < fromMs) return { by: 'schedule', notBeforeMs: fromMs }
  return nowMs < untilMs ? null : OVER
}
const OVER: Stop = { by: 'schedule', detail: 'over' }

/** Why, for every candidate: the witness of a decision and what it saw. */
import type {
  ActionAccount,
  Explanation,
  PolicyAccount,
  Reason,
  Stop as StopView,
} from '../../contract/reason.ts'
import type { Release } from '../release/release.ts'
import { isoIn } from '../calendar/clock.ts'
import { capView, opensAtMs } from './caps.ts'
import type { Decision, Witness } from './decide.ts'
import type { Stop } from './gates.ts'
import type { Question } from './question.ts'

type Mutable<T> = { -readonly [K in keyof T]: T[K] }
interface OpenAccount extends Mutable<Omit<PolicyAccount, 'actions'>> {
  readonly actions: ActionAccount[]
}

export interface Explainer {
  readonly witness: Witness
  explanation(decision: Decision): Explanation
}

/** A witness to pass to `decidePlacement`, and the explanation once it has decided. */
export function explainer(release: Release, question: Question): Explainer {
  const { facts } = question
  const policies: OpenAccount[] = []
  let placementStop: StopView | undefined
  const told = (stop: Stop | null): Partial<StopView> =>
    stop === null ? {} : stopView(stop, question)
  return {
    witness: {
      placement: (stop) => {
        placementStop = stopView(stop, question)
      },
      policy: (policy, stop) => {
        policies.push({
          policy: policy.key,
          passed: stop === null,
          ...told(stop),
          ...(policy.audience === null || question.asked.tape !== null
            ? {}
            : { audience: policy.audience.trace(facts) }),
          actions: [],
        })
      },
      action: (_policy, action, stop, score) => {
        const chosen = stop === null && policies.at(-1)?.passed === true
        policies.at(-1)?.actions.push({
          action: action.key,
          chosen,
          ...(score === undefined ? {} : { score }),
          ...told(stop),
        })
      },
    },
    explanation: (decision) => ({
      relevance: relevanceOf(decision, question),
      ...(placementStop === undefined ? {} : { placement: placementStop }),
      policies,
      segments: Object.fromEntries(release.segments.map(({ key }, i) => [key, facts.segment(i)])),
    }),
  }
}

function stopView({ by, cap, notBeforeMs, detail }: Stop, question: Question): StopView {
  const opensMs =
    notBeforeMs ?? (cap === undefined ? null : opensAtMs(cap, question.counts, question))
  return {
    stoppedBy: by,
    ...(detail === undefined ? {} : { detail }),
    ...(opensMs === null ? {} : { notBefore: isoIn(question.visitorZone, opensMs) }),
    ...(cap === undefined ? {} : { cap: capView(cap) }),
  }
}

function relevanceOf(decision: Decision, question: Question): Explanation['relevance'] {
  const { placement, policy, choices, notBeforeMs } = decision
  return {
    who: policy?.key ?? null,
    what: choices.map(({ action }) => action.key),
    where: { placement: placement.key, channel: placement.channel },
    when:
      notBeforeMs !== null
        ? { notBefore: isoIn(question.visitorZone, notBeforeMs) }
        : choices.length > 0
          ? 'now'
          : 'never',
  }
}

/** Why a placement got what it got. */
export function reasonOf(decision: Decision, question: Question): Reason {
  const { kind, policy, because, variation, learned, notBeforeMs } = decision
  if (kind === 'fallback' || policy === null) {
    if (kind === 'preview') return { kind }
    return {
      kind: 'fallback',
      because: because ?? 'no_policy_matched',
      ...(policy === null ? {} : { policy: policy.key }),
      ...(notBeforeMs === null ? {} : { notBefore: isoIn(question.visitorZone, notBeforeMs) }),
    }
  }
  if (kind === 'learned' && learned !== null) {
    return { kind: 'learned', policy: policy.key, ...learned }
  }
  if (kind !== 'varied' || variation === null) {
    return { kind: kind === 'formula' ? kind : 'priority', policy: policy.key }
  }
  const { experiment, arm } = variation
  return experiment.id === null
    ? { kind: 'split', policy: policy.key, arm: arm.key }
    : { kind: 'experiment', policy: policy.key, experiment: experiment.key, arm: arm.key }
}

/** What a decision that is decided again tells of itself: also of what it did not get to. */
import type { Stop as StopView } from '../../contract/reason.ts'
import type { WhyAction, WhyPolicy } from '../../contract/why.ts'
import { inLine } from '../condition/in-line.ts'
import { factsOf } from '../condition/facts.ts'
import { emptyProfile } from '../profile/profile.ts'
import type { Release } from '../release/release.ts'
import type { Decision, Witness } from './decide.ts'
import { explainer } from './explain.ts'
import type { CompiledPlacement } from './plan.ts'
import type { Question } from './question.ts'

export interface Retold {
  readonly witnessOf: (question: Question, placement: CompiledPlacement) => Witness | undefined
  /** After it was decided. */
  told(decision: Decision): {
    readonly question: Question
    readonly stopped: StopView | null
    readonly policies: readonly WhyPolicy[]
  }
}

/** @param placement key of the one that is asked about, among those of the question */
export function retold(release: Release, placement: string): Retold {
  let asked: Question | undefined
  let account: ReturnType<typeof explainer> | undefined
  return {
    witnessOf(question, { key }) {
      if (key !== placement) return undefined
      asked = question
      account = explainer(release, question)
      return account.witness
    },
    told(decision) {
      if (asked === undefined || account === undefined) throw new Error('it was not decided')
      const explained = account.explanation(decision)
      const accounts = new Map(explained.policies.map((one) => [one.policy, one]))
      const text = conditionText(release)
      const policies = decision.placement.policies.map((policy): WhyPolicy => {
        const known = accounts.get(policy.key)
        // Where the placement itself was stopped none was reached, and that says why.
        if (known === undefined) return { policy: policy.key, passed: false, ...LATER, actions: [] }
        const { actions, audience: _, ...rest } = known
        const detail =
          known.stoppedBy === 'audience' && policy.audience !== null
            ? { detail: text(policy.audience) }
            : {}
        const chosen = policy === decision.policy
        return { ...rest, ...detail, actions: actionsOf(policy, actions, chosen, text) }
      })
      return {
        question: asked,
        stopped: explained.placement ?? null,
        policies: explained.placement === undefined ? policies : [],
      }
    },
  }
}
const LATER = { stoppedBy: 'outranked' } as const

type Policy = CompiledPlacement['policies'][number]
type Text = (condition: NonNullable<Policy['audience']>) => string

function conditionText(release: Release): Text {
  // What holds does not matter: only what is asked.
  const nobody = factsOf(release.segments, emptyProfile('', ''), {}, 0)
  return (condition) => inLine(condition.trace(nobody))
}

function actionsOf(
  policy: Policy,
  told: readonly WhyAction[],
  isChosen: boolean,
  text: Text,
): WhyAction[] {
  const actions = new Map(policy.candidates.map((action) => [action.key, action]))
  const known = told.map((one): WhyAction => {
    const when = actions.get(one.action)?.when ?? null
    return one.stoppedBy === 'eligibility' && when !== null ? { ...one, detail: text(when) } : one
  })
  const asked = new Set(told.map(({ action }) => action))
  const later = isChosen ? policy.candidates.filter(({ key }) => !asked.has(key)) : []
  return [...known, ...later.map(({ key }) => ({ action: key, chosen: false, ...LATER }))]
}

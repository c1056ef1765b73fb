/** What speaks against believing an off-policy estimate. */
import { shareOf, type LoggedDecision, type OffPolicy, type TargetPolicy } from './off-policy.ts'

export type Caution =
  /** Nothing else was ever tried in the log: it tells of nothing but itself. */
  | { readonly by: 'certain' }
  /** The policy would show these, and the log never did in that context. */
  | {
      readonly by: 'unseen'
      /** Of all decisions. */
      readonly share: number
      readonly actions: readonly { readonly context: string; readonly action: string }[]
    }
  /** The mean weight is not one: not everybody could have what the policy shows, or propensities are wrong. */
  | { readonly by: 'mismatch'; readonly meanWeight: number }
  /** One decision has so great a part in all that is counted. */
  | { readonly by: 'heavy'; readonly part: number }
  /** So few people, or so few rewards among what the policy would have done as well. */
  | { readonly by: 'few'; readonly effective: number; readonly rewarded: number }

const FEW_PEOPLE = 100
const FEW_REWARDED = 20
const HEAVY_PART = 0.05
/** Standard errors that chance does not explain. */
const CHANCE = 4
/** Less than a thousandth of all decisions is not worth a word. */
const NOTHING = 0.001

export function cautionsOf(
  log: readonly LoggedDecision[],
  target: TargetPolicy,
  { effective, greatestPart, weight }: OffPolicy,
): Caution[] {
  const cautions: Caution[] = []
  const unseen = unseenIn(log, target)
  if (unseen.share > NOTHING) cautions.push({ by: 'unseen', ...unseen })
  if (log.every(({ propensity }) => propensity === 1)) cautions.push({ by: 'certain' })
  const missing = Math.abs(weight.mean - (1 - unseen.share))
  if (missing > CHANCE * weight.standardError + 1e-9) {
    cautions.push({ by: 'mismatch', meanWeight: weight.mean })
  }
  const rewarded = log.filter(
    ({ context, action, reward }) => reward !== 0 && shareOf(target(context), action) > 0,
  ).length
  if (effective < FEW_PEOPLE || rewarded < FEW_REWARDED) {
    cautions.push({ by: 'few', effective, rewarded })
  }
  if (greatestPart > HEAVY_PART) cautions.push({ by: 'heavy', part: greatestPart })
  return cautions
}

function unseenIn(log: readonly LoggedDecision[], target: TargetPolicy) {
  const contexts = new Map<string, { decisions: number; actions: Set<string> }>()
  for (const { context, action } of log) {
    const own = contexts.get(context) ?? { decisions: 0, actions: new Set<string>() }
    own.decisions++
    own.actions.add(action)
    contexts.set(context, own)
  }
  let share = 0
  const actions: { context: string; action: string }[] = []
  for (const [context, { decisions, actions: seen }] of contexts) {
    for (const [action, wanted] of Object.entries(target(context))) {
      if (wanted <= 0 || seen.has(action)) continue
      share += (wanted * decisions) / log.length
      actions.push({ context, action })
    }
  }
  return { share, actions }
}

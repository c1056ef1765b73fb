/** What speaks against believing an off-policy estimate. */
import { shareOf, type LoggedDecision, type OffPolicy, type TargetPolicy } from './off-policy.ts'
import { perSituation } from './per-situation.ts'

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
  const sharesOf = perSituation(target)
  const rewarded = log.filter(
    ({ context, action, reward, candidates }) =>
      reward !== 0 && shareOf(sharesOf(context, candidates), action) > 0,
  ).length
  if (effective < FEW_PEOPLE || rewarded < FEW_REWARDED) {
    cautions.push({ by: 'few', effective, rewarded })
  }
  if (greatestPart > HEAVY_PART) cautions.push({ by: 'heavy', part: greatestPart })
  return cautions
}

function unseenIn(log: readonly LoggedDecision[], target: TargetPolicy) {
  const seen = new Map<string, Set<string>>()
  for (const { context, action } of log) {
    const own = seen.get(context)
    if (own === undefined) seen.set(context, new Set([action]))
    else own.add(action)
  }
  const missing = perSituation((context, candidates) =>
    Object.entries(target(context, candidates)).filter(
      ([action, wanted]) => wanted > 0 && seen.get(context)?.has(action) !== true,
    ),
  )
  let share = 0
  const named = new Map<string, { readonly context: string; readonly action: string }>()
  for (const { context, candidates } of log) {
    for (const [action, wanted] of missing(context, candidates)) {
      share += wanted
      const name = JSON.stringify([context, action])
      if (!named.has(name)) named.set(name, { context, action })
    }
  }
  return { share: share / log.length, actions: [...named.values()] }
}

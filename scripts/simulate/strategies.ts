/** Ways to choose, each as the configuration would have it. */
import type { EvidenceOf, Learner, Model } from '../../worker/core/learning/model.ts'
import { weightsOf } from '../../worker/core/learning/model.ts'
import { NO_EVIDENCE, type Evidence } from '../../worker/core/learning/posterior.ts'
import type { Release } from '../../worker/core/release/release.ts'
import { ACTIONS, type ActionKey } from './population.ts'
import { CONTEXTS, shopWith, type Shown } from './shop.ts'

export interface Strategy {
  readonly name: string
  readonly release: Release
  readonly models: Model | null
  /** What was shown and whether they bought; after a while the strategy may be another. */
  saw(shown: Shown, bought: boolean): void
  /** Time passes: the scheduled job runs. */
  tick(): void
}

/** Before anything is learned all are alike; here nothing ever is. */
export const random = (): Strategy => still('random', shopWith(learning({})))

/** A marketer's order, which is not a bad one. */
const ORDER: readonly ActionKey[] = [
  'members-price',
  'knitwear',
  'linen',
  'bestseller',
  'accessories',
  'gift-card',
]
export const priority = (): Strategy =>
  still(
    'priority',
    shopWith({
      candidates: ORDER.map((action, i) => ({ action, priority: ORDER.length - i })),
    }),
  )

const still = (name: string, release: Release): Strategy => ({
  name,
  release,
  models: null,
  saw: () => {},
  tick: () => {},
})

/** Whoever may not be shown what was meant for them. */
const REST = { candidates: [{ action: 'bestseller' }] }

/** An even test over the first part of the visitors; then its winner for everybody. */
export function abTest(visitors: number, part = 0.3): Strategy {
  const sold = new Map<string, { shown: number; bought: number }>()
  let seen = 0
  let release = shopWith(
    { split: { arms: ACTIONS.map((action) => ({ key: action, weight: 1, action })) } },
    REST,
  )
  let over = false
  return {
    name: 'A/B',
    get release() {
      return release
    },
    models: null,
    saw({ arm }, bought) {
      seen++
      if (arm === null) return
      const own = sold.get(arm) ?? { shown: 0, bought: 0 }
      own.shown++
      if (bought) own.bought++
      sold.set(arm, own)
    },
    tick() {
      if (over || seen < part * visitors) return
      over = true
      const rate = (action: string): number => {
        const { shown, bought } = sold.get(action) ?? { shown: 1, bought: 0 }
        return bought / shown
      }
      const winner = [...ACTIONS].sort((a, b) => rate(b) - rate(a))[0] as ActionKey
      release = shopWith({ candidates: [{ action: winner }] }, REST)
    },
  }
}

const learning = (over: object) => ({
  candidates: ACTIONS.map((action) => ({ action })),
  learned: { goal: 'order', floor: 0.005, ...over },
})

export const thompson = (): Strategy => learner('Thompson', shopWith(learning({})))
export const contextual = (): Strategy =>
  learner('contextual', shopWith(learning({ contexts: CONTEXTS })))

function learner(name: string, release: Release): Strategy {
  const [rules] = release.learners as [Learner]
  const evidence = new Map<string, Evidence>()
  const evidenceOf: EvidenceOf = (leaf, action) => evidence.get(`${leaf}/${action}`) ?? NO_EVIDENCE
  let models: Model | null = null
  return {
    name,
    release,
    get models() {
      return models
    },
    saw({ leaf, action }, bought) {
      const own = evidenceOf(leaf, action)
      evidence.set(`${leaf}/${action}`, {
        ...own,
        exposures: own.exposures + 1,
        rewarded: own.rewarded + (bought ? 1 : 0),
      })
    },
    tick() {
      const version = (models?.version ?? 0) + 1
      const own = {
        version,
        builtMs: 0,
        goal: 'order',
        sinceHour: 0,
        ...weightsOf(rules, evidenceOf),
      }
      models = { version, policies: { [rules.policy]: own } }
    },
  }
}

/** Each for a life of its own of so many visitors. */
export const STRATEGIES: readonly ((visitors: number) => Strategy)[] = [
  random,
  priority,
  abTest,
  thompson,
  contextual,
]

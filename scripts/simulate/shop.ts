/** The shop as a configuration, and the engine that answers for it: the worker's own, in this process. */
import * as v from 'valibot'
import { configuration as schema, type Configuration } from '../../worker/contract/config.ts'
import { factsOf } from '../../worker/core/condition/facts.ts'
import { decidePlacement } from '../../worker/core/decision/decide.ts'
import { Question } from '../../worker/core/decision/question.ts'
import type { Model } from '../../worker/core/learning/model.ts'
import { emptyProfile, type Profile } from '../../worker/core/profile/profile.ts'
import { checkConfiguration } from '../../worker/core/release/check.ts'
import { compileRelease } from '../../worker/core/release/compile.ts'
import type { Release } from '../../worker/core/release/release.ts'
import { ACTIONS, KINDS, nameOf, type ActionKey, type Visitor } from './population.ts'

const NOW_MS = Date.UTC(2026, 2, 1, 12)
const PLACEMENT = 'hero'

/** @param policies of the one placement, the first asked first */
export function shopWith(...policies: readonly object[]): Release {
  const config: Configuration = v.parse(schema, {
    workspace: { name: 'Simulated shop' },
    sources: [{ key: 'shop', name: 'Shop', writeKey: 'wk_simulated' }],
    goals: [{ key: 'order', name: 'Order', event: 'Order Completed', businessKey: 'order_id' }],
    placements: [{ key: PLACEMENT, name: 'Hero', fields: { headline: 'text' } }],
    actions: ACTIONS.map((key) => ({
      key,
      name: key,
      content: { headline: key },
      ...(key === 'members-price' ? { when: { trait: 'loyalty', eq: 'member' } } : {}),
    })),
    policies: policies.map((policy, i) => ({
      key: `hero-${i + 1}`,
      name: 'Hero',
      placement: PLACEMENT,
      priority: policies.length - i,
      ...policy,
    })),
  })
  const faults = checkConfiguration(config)
  if (faults.length > 0) throw new Error(JSON.stringify(faults))
  return compileRelease(config, { number: 1, epoch: 1, stopped: false })
}

/** One context for each kind of visitor but the last, who are the rest. */
export const CONTEXTS = KINDS.slice(0, -1).map((kind) => ({
  key: nameOf(kind),
  when: {
    all: [
      { context: 'device', eq: kind.device },
      { trait: 'loyalty', eq: kind.loyalty },
    ],
  },
}))

export interface Shown {
  readonly action: ActionKey
  readonly propensity: number
  readonly leaf: string
  /** Of the split, whether or not it had something to show. */
  readonly arm: string | null
}

/** Profiles differ by loyalty and by id: one of each loyalty is made, and given an id. */
const PROFILES = new Map<string, Profile>(
  [...new Set(KINDS.map(({ loyalty }) => loyalty))].map((loyalty) => [
    loyalty,
    {
      ...emptyProfile('', ''),
      lastSeenMs: NOW_MS,
      firstSeenMs: NOW_MS,
      traits: { loyalty: { value: loyalty, at: [NOW_MS, '000000000'], source: 'shop' } },
    },
  ]),
)

/** null where a gate left nothing. */
export function decide(
  release: Release,
  { id, kind }: Visitor,
  models: Model | null,
): Shown | null {
  const profile: Profile = {
    ...(PROFILES.get(kind.loyalty) as Profile),
    id,
    splitKey: `anonymous_id:${id}`,
  }
  const question = new Question({
    facts: factsOf(release.segments, profile, { device: kind.device }, NOW_MS),
    house: release.house,
    language: 'en',
    stopped: false,
    bot: false,
    atMost: null,
    preview: null,
    identified: true,
    decisionId: null,
    models,
    tape: null,
  })
  const placement = release.placements.get(PLACEMENT)
  if (placement === undefined) throw new Error(PLACEMENT)
  const { choices, learned, drawn } = decidePlacement(placement, question)
  const [choice] = choices
  return choice === undefined
    ? null
    : {
        action: choice.action.key as ActionKey,
        propensity: choice.propensity,
        leaf: learned?.leaf ?? '',
        arm: drawn[0]?.arm.key ?? null,
      }
}

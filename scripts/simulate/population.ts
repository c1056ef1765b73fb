/** People who do not exist, whose tastes are known: what a policy should find out. */
import { randomOf } from '../../worker/core/learning/random.ts'

export const ACTIONS = [
  'bestseller',
  'knitwear',
  'linen',
  'accessories',
  'gift-card',
  'members-price',
] as const
export type ActionKey = (typeof ACTIONS)[number]

export interface Kind {
  readonly device: 'mobile' | 'desktop'
  readonly loyalty: 'new' | 'returning' | 'member'
}
export const KINDS: readonly Kind[] = (['mobile', 'desktop'] as const).flatMap((device) =>
  (['new', 'returning', 'member'] as const).map((loyalty) => ({ device, loyalty })),
)
export const nameOf = ({ device, loyalty }: Kind): string => `${device}-${loyalty}`

/** Most visitors are new and on a phone. */
const SHARES: Readonly<Record<string, number>> = {
  'mobile-new': 0.34,
  'mobile-returning': 0.16,
  'mobile-member': 0.1,
  'desktop-new': 0.18,
  'desktop-returning': 0.12,
  'desktop-member': 0.1,
}

/** How likely somebody buys whatever they are shown: what an action has for everybody. */
const APPEAL: Readonly<Record<ActionKey, number>> = {
  bestseller: 0.055,
  knitwear: 0.045,
  linen: 0.05,
  accessories: 0.04,
  'gift-card': 0.03,
  'members-price': 0.05,
}
/** And what it has for some: who it is for is what contexts can tell. */
const TASTE: Readonly<Record<string, Partial<Record<ActionKey, number>>>> = {
  'mobile-new': { accessories: 0.07, linen: 0.035 },
  'mobile-returning': { linen: 0.075 },
  'mobile-member': { 'members-price': 0.09, linen: 0.03 },
  'desktop-new': { bestseller: 0.06 },
  'desktop-returning': { knitwear: 0.085 },
  'desktop-member': { 'members-price': 0.06, knitwear: 0.07 },
}

/** The release refuses it to everybody else: no strategy may show it to them, the oracle neither. */
export const isEligible = ({ loyalty }: Kind, action: ActionKey): boolean =>
  action !== 'members-price' || loyalty === 'member'

export const chanceOf = (kind: Kind, action: ActionKey): number =>
  APPEAL[action] + (TASTE[nameOf(kind)]?.[action] ?? 0)

/** What somebody who knew every taste would show. */
export const bestFor = (kind: Kind): ActionKey =>
  ACTIONS.filter((action) => isEligible(kind, action)).reduce((best, action) =>
    chanceOf(kind, action) > chanceOf(kind, best) ? action : best,
  )

export interface Visitor {
  readonly id: string
  readonly kind: Kind
  /** Buys where the chance of what was shown is above it: so all strategies meet the same people. */
  readonly threshold: number
}

function kindAt(share: number): Kind {
  let at = share
  for (const kind of KINDS) {
    at -= SHARES[nameOf(kind)] as number
    if (at < 0) return kind
  }
  // Shares may add up to a little less than one.
  return KINDS.at(-1) as Kind
}

export function* visitors(seed: string, count: number): Generator<Visitor> {
  const random = randomOf(`visitors:${seed}`)
  for (let i = 0; i < count; i++) {
    yield { id: `${seed}-${i}`, kind: kindAt(random.uniform()), threshold: random.uniform() }
  }
}

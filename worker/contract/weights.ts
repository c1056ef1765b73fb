/** `GET /admin/v1/policies/:key/weights`: what a policy that learns draws by. */

/** By action; they add up to one. */
export type ActionShares = { readonly [action: string]: number }

export interface WeightsAnswer {
  readonly policy: string
  /** What the weights were worked out for; before there are any, what they will be. */
  readonly goal: string
  readonly by: 'rate' | 'value'
  /** The least share that the active release gives an action. */
  readonly floor: number
  /** Version of the model that was read: the newest, or the one asked for; 0 before the first. */
  readonly model: number
  /** The one in which this policy's weights were worked out, which its decisions are logged with; 0: there are none, and all actions are alike. */
  readonly version: number
  /** ISO 8601; null where there are no weights. */
  readonly builtAt: string | null
  /** Versions that can be asked for; null before the first. */
  readonly kept: { readonly from: number; readonly to: number } | null
  /** What the active release may choose. */
  readonly actions: readonly string[]
  /** The contexts of the active release in their order, and "" for the rest. */
  readonly leaves: readonly LeafWeights[]
}

export interface LeafWeights {
  readonly leaf: string
  /** Of draws for whoever can have every action. */
  readonly shares: ActionShares
  /** In this order: what is drawn by where neither this leader nor those before it can be had. */
  readonly without: readonly { readonly leader: string; readonly shares: ActionShares }[]
}

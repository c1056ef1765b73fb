/** How a decision is told to whoever made its campaign: without a key, a gate or a bracket they have not seen. */
import type { CapView, FallbackCause, Gate } from '../../worker/contract/reason.ts'

export interface WhyWords {
  readonly shown: (placement: string, actions: string, when: string) => string
  readonly nothing: (placement: string, when: string) => string
  readonly person: (id: string) => string
  readonly stranger: string
  /** Names in a row: "A, then B". */
  readonly next: string
  readonly name: (name: string) => string
  readonly chosen: {
    readonly priority: (policy: string, action: string) => string
    readonly formula: (policy: string, action: string, score: string) => string
    readonly learned: (policy: string, action: string, chance: string) => string
    readonly learnedFrom: (model: number) => string
    readonly even: string
    readonly split: (policy: string, arm: string) => string
    readonly experiment: (policy: string, experiment: string, arm: string) => string
    readonly preview: string
  }
  readonly because: Readonly<Record<FallbackCause, string>>
  /** Instead of `no_policy_matched`, where that alone stood in the way. */
  readonly turnedOff: string
  readonly fallback: string
  readonly instead: (actions: string) => string
  readonly arms: (experiment: string, arm: string) => string
  /** Of a holdout, where the person was held back from what was chosen, or was not. */
  readonly held: (holdout: string) => string
  readonly open: (holdout: string) => string
  /** The arm for which something was meant, or that the person is in. */
  readonly arm: (arm: string) => string
  /** Of what was not drawn: a percentage. */
  readonly weight: (share: string) => string
  readonly everybody: string
  readonly holdoutOf: (policy: string) => string
  /** Of what somebody held out did not get. */
  readonly wouldHave: string
  readonly notBefore: (moment: string) => string
  readonly others: string
  readonly noOthers: string
  readonly rule: (name: string) => string
  readonly decided: string
  readonly gates: Readonly<Record<Gate, string>>
  readonly asks: (condition: string) => string
  readonly failed: (error: string) => string
  readonly score: (score: string) => string
  readonly cap: (cap: CapView) => string
  readonly replay: {
    readonly same: string
    readonly different: string
    readonly not_replayable: string
    readonly not_logged: string
  }
  readonly expired: string
  readonly release: (release: number, epoch: number) => string
}

/** decisionIds: sealed rather than signed, since which policy chose is not the browser's to read. */
import { LONGEST_DECISION_ID } from '../flow/claim.ts'
import type { DecisionClaim, DecisionSeal } from '../flow/ports.ts'
import { quickSealer, textSeal } from './text-seal.ts'

export function decisionSeal(secret: string): DecisionSeal {
  const seal = quickSealer(secret, 'decision')
  const { open } = textSeal(secret, 'decision', LONGEST_DECISION_ID)
  return {
    seal: (claim) => seal(JSON.stringify(rowOf(claim))),
    open(decisionId) {
      const text = open(decisionId)
      return text === null ? null : claimOf(JSON.parse(text) as Row)
    },
  }
}

type Row = readonly [
  id: string,
  asker: string | null,
  placement: string,
  policy: string | null,
  action: string | null,
  arm: string | null,
  propensity: number,
  epoch: number,
  atMs: number,
  position: number,
  experiments: DecisionClaim['experiments'],
  preview: 0 | 1,
  /** Last: a decisionId that was sealed before they were there has none. */
  model?: number,
  leaf?: string,
]

const rowOf = (c: DecisionClaim): Row => [
  c.id,
  c.asker,
  c.placement,
  c.policy,
  c.action,
  c.arm,
  c.propensity,
  c.epoch,
  c.atMs,
  c.position,
  c.experiments,
  c.preview === true ? 1 : 0,
  c.model,
  c.leaf,
]

const claimOf = ([
  id,
  asker,
  placement,
  policy,
  action,
  arm,
  propensity,
  epoch,
  atMs,
  position,
  experiments,
  preview,
  model = 0,
  leaf = '',
]: Row): DecisionClaim => ({
  id,
  asker,
  placement,
  policy,
  action,
  arm,
  propensity,
  epoch,
  atMs,
  position,
  experiments,
  ...(preview === 1 ? { preview: true } : {}),
  model,
  leaf,
})

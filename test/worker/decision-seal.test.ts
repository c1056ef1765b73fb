/** What we sealed ourselves comes back, however much was drawn for it. */
import { expect, it } from 'vitest'
import type { DecisionClaim } from '../../worker/flow/ports.ts'
import { decisionSeal } from '../../worker/http/decision-seal.ts'

const { seal, open } = decisionSeal('a-signing-key-for-tests-of-32-bytes-or-more')
const long = (name: string): string => name.padEnd(63, '-')
const claim = (lots: number): DecisionClaim => ({
  id: 'd'.repeat(22),
  asker: 'a'.repeat(22),
  placement: long('placement'),
  policy: long('policy'),
  action: long('action'),
  arm: long('arm'),
  propensity: 1 / 3,
  model: 12,
  leaf: long('leaf'),
  epoch: 3,
  atMs: Date.UTC(2026, 2, 1),
  position: 0,
  experiments: Object.fromEntries(
    Array.from({ length: lots }, (_, i) => [long(`experiment-${i}`), long(`arm-${i}`)]),
  ),
})

it('opens a claim with twenty lots of the longest keys', () => {
  expect(open(seal(claim(20)))).toEqual(claim(20))
})

it('does not open what is longer than any that we hand out', () => {
  expect(open(seal(claim(40)))).toBeNull()
})

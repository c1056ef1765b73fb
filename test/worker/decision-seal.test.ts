/** What we sealed ourselves comes back, however much was drawn for it. */
import { expect, it } from 'vitest'
import type { DecisionClaim } from '../../worker/flow/ports.ts'
import { decisionSeal } from '../../worker/http/decision-seal.ts'
import { quickSealer, textSeal } from '../../worker/http/text-seal.ts'

const KEY = 'a-signing-key-for-tests-of-32-bytes-or-more'
const { seal, open } = decisionSeal(KEY)
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

it('opens a claim with twenty lots of the longest keys', async () => {
  expect(open(await seal(claim(20)))).toEqual(claim(20))
})

it('does not open what is longer than any that we hand out', async () => {
  expect(open(await seal(claim(40)))).toBeNull()
})

it.each(['', 'a', '糸と布', '😀'.repeat(300)])('seals as ever, only quicker: %j', async (text) => {
  expect(await quickSealer(KEY, 'decision')(text)).toBe(textSeal(KEY, 'decision').seal(text))
})

it('seals one claim the same every time, also when many are sealed at once', async () => {
  const again = decisionSeal(KEY)
  const [first, ...others] = await Promise.all([1, 2, 3].map(() => again.seal(claim(1))))
  expect(others).toEqual([first, first])
  expect(await again.seal(claim(2))).not.toBe(first)
})

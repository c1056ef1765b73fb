/** What we sealed ourselves comes back, however much was drawn for it. */
import { expect, it } from 'vitest'
import type { DecisionClaim } from '../../worker/flow/ports.ts'
import { checkDraft } from '../../worker/flow/publish.ts'
import { decisionSeal } from '../../worker/http/decision-seal.ts'
import { quickSealer, textSeal } from '../../worker/http/text-seal.ts'
import { configuration } from './site.ts'

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

/** A configuration with that many experiments over one placement, every key as long as it may be. */
const crowded = async (lots: number) => {
  const base = await configuration()
  const arms = (i: number) => [
    { key: long(`arm-${i}`), weight: 1 },
    { key: 'b', weight: 1, actions: { [long(`policy-${i}`)]: null } },
  ]
  const policies = Array.from({ length: lots }, (_, i) => ({
    key: long(`policy-${i}`),
    name: 'One of many',
    placement: long('placement'),
    holdout: { share: 0.1 },
    candidates: [{ action: long('action') }],
  }))
  return {
    ...base,
    workspace: { ...(base['workspace'] as object), holdout: { share: 0.1 } },
    placements: [{ key: long('placement'), name: 'Crowded', fields: { title: 'text' } }],
    actions: [{ key: long('action'), name: 'Action', content: { title: 't' } }],
    policies: [...policies, { ...policies[0], key: 'learns', holdout: undefined }],
    experiments: policies.map((_, i) => ({
      key: long(`experiment-${i}`),
      name: 'E',
      arms: arms(i),
    })),
  }
}

it('publishing refuses as many lots as no decisionId could carry, and no fewer', async () => {
  const fault = async (lots: number) => {
    const checked = await checkDraft(await crowded(lots), true)
    const faults = checked.ok ? [] : checked.error
    return faults.find(({ path }) => path === 'placements[0]')
  }
  let most = 1
  while ((await fault(most + 1)) === undefined) most++
  expect(most).toBeGreaterThanOrEqual(20)
  expect(await fault(most + 1)).toMatchObject({
    in: `placement ${long('placement')}`,
    wrong: expect.stringMatching(
      /experiments, whose keys and arms make decisionIds of up to 6\d{3}/,
    ),
  })
  const worst: DecisionClaim = {
    ...claim(most),
    // As bulk runs have them, the longest of all.
    id: `${'r'.repeat(100)}:123456789:123456789:${long('placement')}:999`,
    propensity: 1 / 12,
    model: 1_234_567,
    epoch: 1_234_567,
    position: 999,
    preview: true,
    experiments: {
      ...claim(most).experiments,
      $holdout: 'open',
      [`$holdout:${long('policy')}`]: 'open',
    },
  }
  expect(open(await seal(worst))).toEqual(worst)
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

/** The alarm that a split is not the one that was meant. */
import { describe, expect, it } from 'vitest'
import { sampleRatio } from '../../worker/core/experiment/sample-ratio.ts'
import { randomOf } from '../../worker/core/learning/random.ts'
import { LIVES } from './experiment-plan.ts'

describe('the alarm of the sample ratio', () => {
  const life = (seed: string, truth: number, people: number): boolean => {
    const random = randomOf(seed)
    const counts = [0, 0]
    for (let i = 1; i <= people; i++) {
      counts[random.uniform() < truth ? 1 : 0]!++
      if (i % 50 !== 0) continue
      const [a, b] = counts as [number, number]
      const { status } = sampleRatio([
        { arm: 'a', share: 0.5, people: a },
        { arm: 'b', share: 0.5, people: b },
      ])
      if (status === 'alarm') return true
    }
    return false
  }
  const ringing = (truth: number, lives: number): number =>
    Array.from({ length: lives }, (_, i) => life(`${truth}:${i}`, truth, 10_000)).filter(Boolean)
      .length / lives

  it('stays silent over a sound split, however often it is looked at', () => {
    expect(ringing(0.5, LIVES)).toBeLessThanOrEqual(0.01 + 3 * Math.sqrt((0.01 * 0.99) / LIVES))
  })

  it('rings where one arm loses one person in eight', () => {
    expect(ringing(0.47, 60)).toBeGreaterThan(0.95)
  })

  it('rings at the first hundred where one arm gets nobody', () => {
    const { status } = sampleRatio([
      { arm: 'a', share: 0.8, people: 100 },
      { arm: 'b', share: 0.2, people: 0 },
    ])
    expect(status).toBe('alarm')
  })

  it('is silent about arms that nobody is drawn into any more', () => {
    const { status, arms: counted } = sampleRatio([
      { arm: 'a', share: 1, people: 500 },
      { arm: 'b', share: 1, people: 500 },
      { arm: 'paused', share: 0, people: 300 },
    ])
    expect([status, counted[2]?.expected]).toEqual(['ok', 0])
  })
})

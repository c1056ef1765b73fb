/** What a log tells of another policy than the one that wrote it. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cautionsOf } from '../../worker/core/learning/caution.ts'
import { offPolicy, type LoggedDecision } from '../../worker/core/learning/off-policy.ts'
import { randomOf } from '../../worker/core/learning/random.ts'

describe('the off-policy estimate', () => {
  const truth: Record<string, Record<string, number>> = {
    young: { a: 0.3, b: 0.1 },
    old: { a: 0.05, b: 0.2 },
  }
  const logging = { young: { a: 0.5, b: 0.5 }, old: { a: 0.8, b: 0.2 } } as const
  const target = (context: string): Record<string, number> =>
    context === 'young' ? { a: 0.9, b: 0.1 } : { a: 0.1, b: 0.9 }
  const worth = 0.5 * (0.9 * 0.3 + 0.1 * 0.1) + 0.5 * (0.1 * 0.05 + 0.9 * 0.2)

  function log(n: number, seed: string): LoggedDecision[] {
    const random = randomOf(seed)
    return Array.from({ length: n }, () => {
      const context = random.uniform() < 0.5 ? 'young' : 'old'
      const shares = logging[context]
      const action = random.uniform() < shares.a ? 'a' : 'b'
      const reward = random.uniform() < truth[context]![action]! ? 1 : 0
      return { context, action, propensity: shares[action], reward }
    })
  }

  it('finds what the policy is worth, within its interval 95 times of 100', () => {
    const names = ['ips', 'snips', 'dr'] as const
    const inside = { ips: 0, snips: 0, dr: 0 }
    const LOGS = 200
    for (let i = 0; i < LOGS; i++) {
      const found = offPolicy(log(1500, `log ${i}`), target)!
      for (const name of names) {
        if (found[name].low <= worth && worth <= found[name].high) inside[name]++
      }
    }
    // Three standard errors below 95%.
    for (const name of names) expect(inside[name] / LOGS).toBeGreaterThan(0.903)
  })

  it('doubly robust and self-normalised are surer than plain weighing', () => {
    const { ips, snips, dr, logged, effective, decisions } = offPolicy(log(20_000, 'long'), target)!
    expect(dr.standardError).toBeLessThan(ips.standardError)
    expect(snips.standardError).toBeLessThan(ips.standardError * 1.05)
    expect(Math.abs(dr.mean - worth)).toBeLessThan(0.02)
    expect(logged.mean).toBeLessThan(worth - 0.03)
    expect(effective).toBeLessThan(decisions)
  })

  it('of the policy that wrote the log is the log', () => {
    const found = offPolicy(log(5000, 'own'), (context) => logging[context as 'young'])!
    expect(found.ips.mean).toBeCloseTo(found.logged.mean, 10)
    expect(found.snips.mean).toBeCloseTo(found.logged.mean, 10)
    expect(found.greatestWeight).toBeCloseTo(1, 10)
  })

  it('of nothing, of a policy that the log never followed, of propensities that are none', () => {
    expect(offPolicy([], target)).toBeNull()
    const elsewhere = offPolicy(log(100, 'x'), () => ({ z: 1 }))!
    expect([elsewhere.ips.mean, elsewhere.snips.mean, elsewhere.effective]).toEqual([0, 0, 0])
    const one = offPolicy(log(1, 'one'), target)!
    expect([one.people, one.ips.standardError]).toEqual([1, Infinity])
    for (const propensity of [0, -1, 1.5, NaN]) {
      const bad = [{ context: '', action: 'a', propensity, reward: 1 }]
      expect(() => offPolicy(bad, target)).toThrow(RangeError)
    }
  })

  it('is unbiased: over many logs the mean of its estimates is the truth', () => {
    const LOGS = 400
    const found = Array.from({ length: LOGS }, (_, i) => offPolicy(log(400, `many ${i}`), target)!)
    for (const name of ['ips', 'snips', 'dr'] as const) {
      const mean = found.reduce((sum, own) => sum + own[name].mean, 0) / LOGS
      const error = found.reduce((sum, own) => sum + own[name].standardError, 0) / LOGS
      expect(Math.abs(mean - worth)).toBeLessThan((3 * error) / Math.sqrt(LOGS))
    }
    // What is not weighed is not.
    const plain = found.reduce((sum, { logged }) => sum + logged.mean, 0) / LOGS
    expect(Math.abs(plain - worth)).toBeGreaterThan(0.03)
  })

  it('of any policy that wrote its log is that log’s mean', () => {
    const decision = fc.record({
      context: fc.constantFrom('x', 'y'),
      action: fc.constantFrom('a', 'b', 'c'),
      reward: fc.double({ min: -100, max: 100, noNaN: true }),
    })
    const shares = fc.record({
      x: fc.integer({ min: 1, max: 98 }),
      y: fc.integer({ min: 1, max: 98 }),
    })
    fc.assert(
      fc.property(
        fc.array(decision, { minLength: 1, maxLength: 100, size: 'max' }),
        shares,
        (drawn, first) => {
          const own = (context: string) => {
            const a = first[context as 'x'] / 100
            return { a, b: (1 - a) / 3, c: ((1 - a) * 2) / 3 }
          }
          const written = drawn.map(({ context, action, reward }) => ({
            context,
            action,
            reward,
            propensity: own(context)[action],
          }))
          const { ips, snips, logged, greatestWeight } = offPolicy(written, own)!
          expect(ips.mean).toBeCloseTo(logged.mean, 9)
          expect(snips.mean).toBeCloseTo(logged.mean, 9)
          expect(greatestWeight).toBeCloseTo(1, 9)
        },
      ),
    )
  })

  const known = (context: string, action: string): number => truth[context]![action]!
  /** As if each action had been drawn half of the time, which in one context is not so. */
  const misread = (decisions: readonly LoggedDecision[]) =>
    decisions.map((decision) => ({ ...decision, propensity: 0.5 }))

  it('doubly robust is right with a right model and wrong propensities', () => {
    const { ips, dr } = offPolicy(misread(log(40_000, 'misread')), target, known)!
    expect(Math.abs(dr.mean - worth)).toBeLessThan(4 * dr.standardError)
    expect(Math.abs(ips.mean - worth)).toBeGreaterThan(0.02)
  })

  it('and with a wrong model and right propensities; with both wrong it is wrong', () => {
    const wrong = (context: string, action: string): number => 0.5 - known(context, action)
    const { dr } = offPolicy(log(40_000, 'wrong model'), target, wrong)!
    expect(Math.abs(dr.mean - worth)).toBeLessThan(4 * dr.standardError)
    const both = offPolicy(misread(log(40_000, 'both')), target, wrong)!.dr
    expect(Math.abs(both.mean - worth)).toBeGreaterThan(4 * both.standardError)
  })

  /** Each person's draw stays for all of their visits, and so does what they are like. */
  function visits(people: number, seed: string): LoggedDecision[] {
    const random = randomOf(seed)
    return Array.from({ length: people }, (_, i) => {
      const action = random.uniform() < 0.5 ? 'a' : 'b'
      const buys = random.uniform() < (action === 'a' ? 0.3 : 0.1)
      return Array.from({ length: 10 }, () => ({
        context: '',
        action,
        propensity: 0.5,
        reward: buys && random.uniform() < 0.8 ? 1 : 0,
        person: `p${i}`,
      }))
    }).flat()
  }

  it('counts people, not visits: ten visits of one person are not ten people', () => {
    const truth = 0.3 * 0.8
    const inside = { people: 0, visits: 0 }
    const LOGS = 200
    for (let i = 0; i < LOGS; i++) {
      const told = visits(200, `visits ${i}`)
      const alone = told.map((decision, nth) => ({ ...decision, person: `visit ${nth}` }))
      for (const [name, decisions] of [
        ['people', told],
        ['visits', alone],
      ] as const) {
        const { low, high } = offPolicy(decisions, () => ({ a: 1 }))!.ips
        if (low <= truth && truth <= high) inside[name]++
      }
    }
    expect(inside.people / LOGS).toBeGreaterThan(0.9)
    expect(inside.visits / LOGS).toBeLessThan(0.7)
  })
})

describe('cautions', () => {
  const log = (n: number, over: (i: number) => Partial<LoggedDecision> = () => ({})) =>
    Array.from({ length: n }, (_, i): LoggedDecision => ({
      context: '',
      action: i % 2 === 0 ? 'a' : 'b',
      propensity: 0.5,
      reward: i % 5 === 0 ? 1 : 0,
      ...over(i),
    }))
  const cautions = (decisions: readonly LoggedDecision[], shares: Record<string, number>) =>
    cautionsOf(
      decisions,
      () => shares,
      offPolicy(decisions, () => shares)!,
    )

  it('are none for a log that tells enough', () => {
    expect(cautions(log(2000), { a: 0.7, b: 0.3 })).toEqual([])
  })

  it('name what was never shown, and how much of the policy that is', () => {
    expect(cautions(log(2000), { a: 0.75, z: 0.25 })).toEqual([
      { by: 'unseen', share: 0.25, actions: [{ context: '', action: 'z' }] },
    ])
  })

  it('tell a log that never tried anything', () => {
    const only = log(2000, () => ({ action: 'a', propensity: 1 }))
    expect(cautions(only, { a: 1 })).toEqual([{ by: 'certain' }])
  })

  it('tell weights whose mean is not one', () => {
    expect(
      cautions(
        log(2000, () => ({ propensity: 0.25 })),
        { a: 0.5, b: 0.5 },
      ),
    ).toEqual([{ by: 'mismatch', meanWeight: 2 }])
  })

  it('tell too few people, and one decision that outweighs them', () => {
    expect(cautions(log(60), { a: 1 })).toEqual([{ by: 'few', effective: 30, rewarded: 6 }])
    const rare = log(4000, (i) =>
      i === 1 ? { action: 'b', propensity: 0.0005 } : { action: 'a', propensity: 0.9995 },
    )
    expect(cautions(rare, { a: 0.5, b: 0.5 }).map(({ by }) => by)).toContain('heavy')
  })
})

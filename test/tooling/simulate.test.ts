/** The simulation, short: learning earns more than a test, and figures hang on nothing but the seed. */
import { describe, expect, it } from 'vitest'
import { offPolicy, type LoggedDecision } from '../../worker/core/learning/off-policy.ts'
import { playAll, summaries } from '../../scripts/simulate/lives.ts'
import { plot } from '../../scripts/simulate/plot.ts'
import { bestFor, chanceOf, isEligible, KINDS, nameOf } from '../../scripts/simulate/population.ts'
import { play } from '../../scripts/simulate/run.ts'
import { contextual, priority, random } from '../../scripts/simulate/strategies.ts'
import { runNode } from '../support/program.ts'

const wish = { seed: 'test', lives: 1, visitors: 15_000 }
const played = await playAll(wish)
const found = new Map(summaries(played).map((summary) => [summary.strategy, summary]))
const orders = (strategy: string): number => found.get(strategy)!.orders.mean

describe('the simulation', () => {
  it('earns least at random, more by learning, most by learning whom it is for', () => {
    expect([...found.keys()]).toEqual([
      'random',
      'priority',
      'A/B',
      'Thompson',
      'contextual',
      'oracle',
    ])
    expect(orders('Thompson')).toBeGreaterThan(orders('random') * 1.1)
    expect(orders('Thompson')).toBeGreaterThan(orders('A/B') * 1.03)
    expect(orders('contextual')).toBeGreaterThan(orders('Thompson') * 1.05)
    for (const strategy of found.keys()) {
      expect(orders(strategy)).toBeLessThanOrEqual(orders('oracle'))
      expect(found.get(strategy)!.regret.mean).toBeGreaterThanOrEqual(0)
    }
  })

  it('shows nobody what is not for them', async () => {
    const shown = new Map<string, Set<string>>()
    const log = ({ context, action }: LoggedDecision): void => {
      shown.set(context, (shown.get(context) ?? new Set()).add(action))
    }
    await play(random(), { seed: 'x', decisions: 2000, tickEvery: 500, points: 10 }, { log })
    for (const kind of KINDS) {
      expect(shown.get(nameOf(kind))?.has('members-price')).toBe(isEligible(kind, 'members-price'))
    }
  })

  it('gives equal figures for equal seeds, and others for others', async () => {
    const short = { ...wish, visitors: 1500 }
    const once = await playAll(short)
    expect(await playAll(short)).toEqual(once)
    expect(await playAll({ ...short, seed: 'other' })).not.toEqual(once)
  })

  it("random's log tells what showing everybody their best would earn", async () => {
    const log: LoggedDecision[] = []
    const plan = { seed: 'log', decisions: 20_000, tickEvery: 1000, points: 10 }
    const watching = { log: (decision: LoggedDecision) => void log.push(decision) }
    const { oracle } = await play(random(), plan, watching)
    const best = new Map(KINDS.map((kind) => [nameOf(kind), bestFor(kind)]))
    const told = offPolicy(log, (context) => ({ [best.get(context)!]: 1 }))!
    const truth = oracle / plan.decisions
    for (const { mean, standardError } of [told.ips, told.snips, told.dr]) {
      expect(Math.abs(mean - truth)).toBeLessThan(4 * standardError)
    }
  })

  it('is an engine that knows tastes it was told, not one that sees them', async () => {
    // With nothing ever rewarded, contextual weights are as good as random.
    const blind = { ...contextual(), saw: () => {} }
    const plan = { seed: 'blind', decisions: 3000, tickEvery: 500, points: 10 }
    const of = (p: { expected: number }) => p.expected / plan.decisions
    expect(of(await play(blind, plan))).toBeCloseTo(of(await play(random(), plan)), 2)
    expect(Math.max(...KINDS.map((kind) => chanceOf(kind, bestFor(kind))))).toBeLessThan(1)
    expect(of(await play(priority(), plan))).toBeGreaterThan(0)
  })

  it('is drawn as a picture of its own, light and without scripts', async () => {
    const svg = await plot(played)
    expect(svg).toMatch(/^<svg /)
    for (const name of found.keys()) expect(svg).toContain(`>${name}<`)
    expect(svg).not.toMatch(/<script|NaN|undefined/)
    expect(await plot(played)).toBe(svg)
  })
})

describe('npm run simulate', () => {
  const simulate = (...args: string[]) => runNode('scripts/simulate.ts', args)

  it('prints a table, and progress apart from it', async () => {
    const { code, out, err } = await simulate('--lives', '1', '--visitors', '300')
    expect(code).toBe(0)
    expect(out).toContain('| contextual |')
    expect(out).toContain('1,500 decisions')
    expect(err).toContain('decisions')
  })

  it('answers JSON', async () => {
    const { code, out } = await simulate('--lives', '2', '--visitors', '100', '--json')
    expect(code).toBe(0)
    const told = JSON.parse(out) as { played: unknown[]; summaries: unknown[] }
    expect([told.played.length, told.summaries.length]).toEqual([10, 6])
  })

  it.each([
    [['--lives', '0'], '--lives "0"'],
    [['--visitors', 'many'], '--visitors "many"'],
    [['--turbo'], '--turbo'],
  ])('%j is refused with the way out', async (args, said) => {
    expect(await simulate(...args)).toMatchObject({
      code: 2,
      err: expect.stringMatching(new RegExp(`${said}[^]*--help tells more`)) as string,
    })
  })
})

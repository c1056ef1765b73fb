/**
 * What it costs to check a configuration and to compile it, in fields that are
 * read of it: twice the configuration, twice the reads, up to the largest that
 * the contract takes. A time would tell of the machine.
 */
import * as v from 'valibot'
import { expect, it } from 'vitest'
import { configuration as schema, type Configuration } from '../../worker/contract/config.ts'
import { formulaEngine } from '../../worker/core/decision/formula.ts'
import type { AggregateScope } from '../../worker/core/decision/formula-port.ts'
import { checkConfiguration } from '../../worker/core/release/check.ts'
import { compileRelease } from '../../worker/core/release/compile.ts'

const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i)

/** Forty times this is as many of each list as the contract takes. */
function configurationOf(times: number): Configuration {
  const [few, many, experiments] = [25 * times, 250 * times, 5 * times]
  const named = (key: string) => ({ key, name: key })
  return v.parse(schema, {
    workspace: { name: 'Large' },
    sources: [{ ...named('site'), writeKey: 'wk_large' }],
    aggregates: upTo(few).map((i) => ({
      ...named(`sum-${i}`),
      event: `Seen ${i}`,
      compute: 'count',
    })),
    segments: upTo(many).map((i) => ({
      ...named(`segment-${i}`),
      when: {
        all: [
          { trait: `t${i}`, eq: 1 },
          { event: `Seen ${i}`, last: '3d' },
          ...(i % 10 === 0 ? [] : [{ segment: `segment-${i - 1}` }]),
        ],
      },
    })),
    goals: [{ ...named('bought'), event: 'Bought' }],
    tags: upTo(few).map((i) => named(`tag-${i}`)),
    campaigns: upTo(few).map((i) => named(`campaign-${i}`)),
    placements: upTo(few).map((i) => ({
      ...named(`place-${i}`),
      fields: { text: 'text' },
      fallback: `action-${i}`,
    })),
    actions: upTo(many).map((i) => ({
      ...named(`action-${i}`),
      content: { text: 'x' },
      tags: [`tag-${i % few}`],
      campaign: `campaign-${i % few}`,
      attributes: { margin: i },
      when: { segment: `segment-${i}` },
    })),
    policies: upTo(many).map((i) => ({
      ...named(`policy-${i}`),
      placement: `place-${i % few}`,
      campaign: `campaign-${i % few}`,
      audience: { segment: `segment-${i}` },
      candidates: [{ action: `action-${i}` }, { action: `action-${(i + 1) % many}` }],
      formula: 'action.margin * 2 + (segments["segment-1"] ? aggregates["sum-1"] : 0.0)',
    })),
    experiments: upTo(experiments).map((i) => ({
      ...named(`experiment-${i}`),
      goals: [],
      arms: upTo(4).map((j) => ({
        key: `arm-${j}`,
        weight: 1,
        actions: Object.fromEntries(upTo(10).map((k) => [`policy-${10 * i + k}`, `action-${j}`])),
      })),
    })),
  })
}

/** The same, and how many of its fields were read. */
function counted(config: Configuration): { config: Configuration; reads: () => number } {
  let reads = 0
  const seen = new WeakMap<object, object>()
  const counting = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return value
    const proxy =
      seen.get(value) ??
      new Proxy(value, {
        get(of, name, self) {
          reads++
          return counting(Reflect.get(of, name, self))
        },
      })
    seen.set(value, proxy)
    return proxy
  }
  return { config: counting(config) as Configuration, reads: () => reads }
}

/** How often a part of twice the size is read, to one of the size. */
function growth(work: (config: Configuration) => void): number {
  const readsOf = (times: number): number => {
    const { config, reads } = counted(configurationOf(times))
    work(config)
    return reads()
  }
  const [one, two, four] = [readsOf(1), readsOf(2), readsOf(4)]
  expect(one).toBeGreaterThan(1000)
  // Of what is added: nothing that is there once hides what grows.
  return (four - two) / 2 / (two - one)
}
/** 1 grows with the size; 2 with its square. */
const MOST = 1.05

it('twice the configuration is checked in twice the steps', () => {
  const check = (config: Configuration): void =>
    expect(checkConfiguration(config, null, formulaEngine)).toEqual([])
  expect(growth(check)).toBeLessThan(MOST)
})

it('and compiled in twice the steps: an isolate does it before its first answer', () => {
  const state = { number: 1, epoch: 1, stopped: false }
  const compile = (config: Configuration): void =>
    expect(compileRelease(config, state, null, formulaEngine).placements.size).toBeGreaterThan(0)
  expect(growth(compile)).toBeLessThan(MOST)
})

it('the aggregates of a configuration are told to the engine once, however many formulas it has', () => {
  let told = 0
  class Counted extends Map<string, AggregateScope> {
    override [Symbol.iterator]() {
      told++
      return super[Symbol.iterator]()
    }
  }
  const aggregates = new Counted([['orders', { type: 'double', read: () => 1 }]])
  const scope = { attributes: new Map(), segments: new Map(), aggregates }
  for (let i = 0; i < 50; i++) {
    expect(formulaEngine.fault(`aggregates.orders * ${i}`, scope)).toBeNull()
  }
  expect(told).toBe(1)
})

it('a check that goes through the policies of every placement is seen', () => {
  const slow = ({ placements, policies }: Configuration): void => {
    for (const { key } of placements) policies.filter(({ placement }) => placement === key)
  }
  expect(growth(slow)).toBeGreaterThan(1.9)
})

/** Choosing by what was learned: among those that a person can have, and the same again from the log. */
import { describe, expect, it } from 'vitest'
import { decidePlacement, type Decision } from '../../worker/core/decision/decide.ts'
import { lineOf, replay } from '../../worker/core/decision/replay.ts'
import { recorder } from '../../worker/core/decision/tape.ts'
import type { Model, PolicyModel } from '../../worker/core/learning/model.ts'
import { storedLine } from './stored-line.ts'
import { profileOf, questionOf, releaseOf } from './deciding.ts'

const release = releaseOf({
  goals: [{ key: 'order', name: 'Order', event: 'Order Completed' }],
  placements: [{ key: 'hero', name: 'Hero', fields: { headline: 'text' } }],
  actions: ['members', 'good', 'fair', 'poor'].map((key) => ({
    key,
    name: key,
    content: { headline: key },
    ...(key === 'members' ? { when: { trait: 'member', eq: true } } : {}),
  })),
  policies: [
    {
      candidates: ['members', 'good', 'fair', 'poor'].map((action) => ({ action })),
      learned: { goal: 'order' },
      limit: 2,
    },
  ],
})

const floor = 0.02
const shares = { members: 1 - 3 * floor, good: floor, fair: floor, poor: floor }
const withoutMembers = { good: 0.9, fair: 0.08, poor: 0.02 }
const modelWith = (own: Partial<PolicyModel>): Model => ({
  version: 3,
  policies: {
    only: { version: 3, builtMs: 0, goal: 'order', sinceHour: 0, leaves: { '': shares }, ...own },
  },
})
const laddered = modelWith({ without: { '': [{ leader: 'members', shares: withoutMembers }] } })

function decide(splitKey: string, traits: Record<string, boolean>, model: Model) {
  const tape = recorder()
  const profile = profileOf({ splitKey, traits }, release, 0)
  const question = questionOf(release, profile, {}, tape, model)
  const decision = decidePlacement(release.placements.get('hero')!, question)
  return { decision, line: lineOf(release, question, [decision], tape.answers) }
}
const choicesOf = ({ choices }: Decision) =>
  choices.map(({ action, propensity }) => [action.key, propensity] as const)

const PEOPLE = 4000
/** How often each action came first. */
function firsts(traits: Record<string, boolean>, model: Model): Record<string, number> {
  const counts: Record<string, number> = {}
  for (let i = 0; i < PEOPLE; i++) {
    const [[key, propensity]] = choicesOf(decide(`anonymous_id:${i}`, traits, model).decision) as [
      readonly [string, number],
    ]
    expect(propensity).toBeGreaterThan(0)
    counts[key] = (counts[key] ?? 0) + 1 / PEOPLE
  }
  return counts
}

describe('a draw by what was learned', () => {
  it('of somebody who can have the best is by the shares of all', () => {
    expect(firsts({ member: true }, laddered)['members']).toBeCloseTo(0.94, 1)
  })

  it('of somebody who cannot is by what is best without it, not by floors', () => {
    const { members, good, fair } = firsts({}, laddered)
    expect(members).toBeUndefined()
    expect(good).toBeCloseTo(0.9, 1)
    expect(fair).toBeCloseTo(0.08, 1)
    // What the rung is for: without it they are as good as random.
    expect(firsts({}, modelWith({}))['good']).toBeCloseTo(1 / 3, 1)
  })

  it('tells the propensity with which each place was drawn', () => {
    for (let i = 0; i < 200; i++) {
      const [first, second] = choicesOf(
        decide(`anonymous_id:${i}`, { member: true }, laddered).decision,
      )
      expect(first![1]).toBeCloseTo(shares[first![0] as 'good'], 9)
      // The second place: once the leader is drawn, among those without it.
      const expected =
        first![0] === 'members'
          ? withoutMembers[second![0] as 'good']
          : shares[second![0] as 'good'] / (1 - floor)
      expect(second![1]).toBeCloseTo(expected, 9)
    }
  })

  it('is drawn the same again from its log line alone', () => {
    for (let i = 0; i < 50; i++) {
      for (const traits of [{ member: true }, {}]) {
        const { decision, line } = decide(`anonymous_id:${i}`, traits, laddered)
        const [again] = replay(release, storedLine(line)!)!
        expect(choicesOf(again!)).toEqual(choicesOf(decision))
      }
    }
  })
})

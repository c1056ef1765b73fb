/** The cases of test/core/cases/decisions.json: one person, one request, what each placement shows. */
import * as v from 'valibot'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { configuration as schema } from '../../worker/contract/config.ts'
import type { JsonObject } from '../../worker/contract/message.ts'
import { factsOf } from '../../worker/core/condition/facts.ts'
import {
  decidePlacement,
  type DecideInput,
  type Decision,
} from '../../worker/core/decision/decide.ts'
import { explainer } from '../../worker/core/decision/explain.ts'
import { fold } from '../../worker/core/profile/fold.ts'
import type { EventRecord } from '../../worker/core/record.ts'
import { checkConfiguration } from '../../worker/core/release/check.ts'
import { compileRelease } from '../../worker/core/release/compile.ts'
import { emptyProfile } from '../../worker/core/profile/profile.ts'
import suite from './cases/decisions.json' with { type: 'json' }

interface Case {
  readonly name: string
  readonly placement?: string | readonly string[]
  readonly policies: readonly JsonObject[]
  readonly traits?: JsonObject
  readonly impressions?: readonly (readonly [action: string, at: string])[]
  readonly at?: string
  readonly stopped?: boolean
  readonly expect: Readonly<Record<string, readonly string[]>>
  readonly because?: string
}

const NOW = '2026-03-01T12:00:00Z'

function releaseOf(policies: readonly JsonObject[], stopped = false) {
  const { placements, segments, actions } = suite
  const config = v.parse(schema, {
    workspace: { name: 'Cases' },
    sources: [{ key: 's', name: 'S', writeKey: 'wk_cases' }],
    placements,
    segments,
    actions,
    policies: policies.map((policy) => ({
      key: 'only',
      name: 'Policy',
      placement: 'hero',
      ...policy,
    })),
  })
  expect(checkConfiguration(config)).toEqual([])
  return compileRelease(config, { number: 1, epoch: 1, stopped })
}

const base = { source: 's', profileId: 'p', epoch: 1, originalTimestampMs: null, sentAtMs: null }

function decideAll(one: Case, splitKey = 'anonymous_id:a', language = 'en') {
  const release = releaseOf(one.policies, one.stopped)
  const nowMs = Date.parse(one.at ?? NOW)
  const records: EventRecord[] = (one.impressions ?? []).map(([action, at], i) => ({
    ...base,
    type: 'track',
    event: '$impression',
    messageId: `i${i}`,
    properties: { action, policy: 'only' },
    timestampMs: Date.parse(at),
    receivedAtMs: Date.parse(at),
  }))
  if (one.traits !== undefined) {
    records.push({
      ...base,
      type: 'identify',
      messageId: 't',
      traits: one.traits,
      timestampMs: nowMs,
      receivedAtMs: nowMs,
    })
  }
  const profile = fold(emptyProfile('p', splitKey), records, release.rules)
  const facts = factsOf(release.segments, profile, {}, nowMs)
  const decide = (explained: boolean): Decision[] => {
    const input: DecideInput = { facts, language, stopped: release.stopped, taken: new Set() }
    return [one.placement ?? 'hero'].flat().map((key) => {
      const placement = release.placements.get(key)
      if (placement === undefined) throw new Error(key)
      return decidePlacement(
        placement,
        input,
        explained ? explainer(release, facts).witness : undefined,
      )
    })
  }
  return { plain: decide(false), explained: decide(true) }
}

const shown = (decisions: readonly Decision[]) =>
  Object.fromEntries(
    decisions.map(({ placement, choices }) => [placement, choices.map(({ action }) => action.key)]),
  )

describe('decisions', () => {
  it.each(suite.cases as unknown as Case[])('$name', (one) => {
    const { plain, explained } = decideAll(one)
    expect(shown(plain)).toEqual(one.expect)
    expect(explained).toEqual(plain)
    if (one.because !== undefined) {
      expect(plain[0]?.reason).toMatchObject({ kind: 'fallback', because: one.because })
    }
  })

  it('speaks the visitor’s language where the action does', () => {
    const one: Case = { name: '', policies: [{ candidates: [{ action: 'first' }] }], expect: {} }
    expect(decideAll(one, 'x', 'ja').plain[0]?.choices[0]?.content).toEqual({ headline: '一番' })
    expect(decideAll(one, 'x', 'fr').plain[0]?.choices[0]?.content).toEqual({ headline: 'First' })
  })

  it('an action that is not eligible never changes the outcome', () => {
    const candidate = fc.record({
      action: fc.constantFrom('default', 'first', 'second', 'march', 'capped', 'once'),
      priority: fc.integer({ min: 0, max: 3 }),
    })
    fc.assert(
      fc.property(
        fc.uniqueArray(candidate, { selector: (c) => c.action, minLength: 1 }),
        fc.integer({ min: 0, max: 9 }),
        (candidates, priority) => {
          const with_ = [...candidates, { action: 'tokyo', priority }]
          const of = (list: { action: string; priority: number }[]) =>
            shown(
              decideAll({ name: '', policies: [{ limit: 2, candidates: list }], expect: {} }).plain,
            )
          expect(of(with_)).toEqual(of(candidates))
        },
      ),
    )
  })

  it('weights are met: 30 : 70 over 20,000 people', () => {
    const policies = [
      {
        placement: 'split',
        split: {
          arms: [
            { key: 'a', weight: 3, action: 'first' },
            { key: 'b', weight: 7, action: 'second' },
          ],
        },
      },
    ]
    const release = releaseOf(policies)
    const placement = release.placements.get('split')
    let a = 0
    for (let i = 0; i < 20_000; i++) {
      const facts = factsOf(release.segments, emptyProfile('', `anonymous_id:${i}`), {}, 0)
      const input: DecideInput = { facts, language: 'en', stopped: false, taken: new Set() }
      const decision = decidePlacement(placement as NonNullable<typeof placement>, input)
      const [choice] = decision.choices
      expect(choice?.propensity).toBeCloseTo(choice?.arm === 'a' ? 0.3 : 0.7)
      if (choice?.arm === 'a') a++
    }
    // Five standard deviations of a binomial draw: sqrt(20000 × 0.3 × 0.7) = 64.8.
    expect(Math.abs(a - 6000)).toBeLessThan(324)
  })
})

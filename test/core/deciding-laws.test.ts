/** Laws of decisions over releases, people and moments drawn at random; each with a rule broken on purpose. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../worker/contract/message.ts'
import { decidePlacement, type Decision } from '../../worker/core/decision/decide.ts'
import { lineOf, replay } from '../../worker/core/decision/replay.ts'
import { recorder } from '../../worker/core/decision/tape.ts'
import {
  decideAll,
  explainAll,
  profileOf,
  questionOf,
  releaseOf,
  shown,
  type Person,
  type World,
} from './deciding.ts'
import { storedLine } from './stored-line.ts'
import { expectCaught } from './teeth.ts'

const NOW_MS = Date.parse('2026-03-01T12:00:00Z')
const AGO = ['2026-03-01T11:00:00Z', '2026-02-28T20:00:00Z', '2026-02-10T12:00:00Z']
const ACTIONS = ['a', 'b', 'c', 'd', 'e'] as const
const PLACEMENTS = ['hero', 'side', 'mail'] as const

const condition: fc.Arbitrary<JsonObject> = fc.constantFrom<JsonObject>(
  { trait: 'plan', eq: 'pro' },
  { not: { trait: 'plan', eq: 'pro' } },
  { segment: 'pro' },
  { event: 'Viewed', count: { gte: 2 } },
  { context: 'device', eq: 'phone' },
)
const cap = fc.record({
  of: fc.constantFrom('impression', 'served', 'click'),
  max: fc.integer({ min: 1, max: 2 }),
  per: fc.constantFrom('24h', 'day', 'lifetime', 'session'),
})
const sometimes = <T>(arbitrary: fc.Arbitrary<T>, key: string): fc.Arbitrary<JsonObject> =>
  fc.option(arbitrary, { nil: undefined, freq: 2 }).map((value) => {
    return value === undefined ? {} : ({ [key]: value } as JsonObject)
  })
const caps = fc.array(cap, { maxLength: 1 })

const action = (key: string): fc.Arbitrary<JsonObject> =>
  fc
    .tuple(
      sometimes(condition, 'when'),
      caps,
      fc.subarray(['x', 'y']),
      fc.integer({ min: 0, max: 9 }),
    )
    .map(([when, caps, tags, margin]) => ({
      key,
      name: key,
      content: { headline: key },
      attributes: { margin },
      tags,
      caps,
      ...when,
    }))

const policy = (key: string): fc.Arbitrary<JsonObject> =>
  fc
    .tuple(
      fc.constantFrom(...PLACEMENTS),
      fc.uniqueArray(
        fc.record({
          action: fc.constantFrom(...ACTIONS),
          priority: fc.integer({ min: 0, max: 2 }),
        }),
        { selector: (c) => c.action, minLength: 1, maxLength: 5, size: 'max' },
      ),
      fc.integer({ min: 1, max: 3 }),
      caps,
      sometimes(condition, 'audience'),
      sometimes(fc.constant({ share: 0.5 }), 'holdout'),
      sometimes(fc.constant([{ max: 1 }]), 'diversity'),
      sometimes(
        fc.constantFrom('action.margin', 'action.margin / profile.traits.spent'),
        'formula',
      ),
      fc.integer({ min: 0, max: 2 }),
    )
    .map(
      ([placement, candidates, limit, caps, audience, holdout, diversity, formula, priority]) => ({
        key,
        placement,
        candidates,
        limit,
        caps,
        priority,
        ...audience,
        ...holdout,
        ...diversity,
        ...formula,
      }),
    )

const world: fc.Arbitrary<World> = fc
  .tuple(
    fc.tuple(...ACTIONS.map(action)),
    fc.tuple(policy('p1'), policy('p2'), policy('p3'), policy('p4')),
    sometimes(fc.constant([{ max: 2 }]), 'diversity'),
  )
  .map(([actions, policies, workspace]) => ({
    workspace,
    placements: PLACEMENTS.map((key) => ({
      key,
      name: key,
      fields: { headline: 'text' },
      ...(key === 'mail'
        ? { channel: 'email', quietHours: { from: '21:00', until: '08:00' } }
        : {}),
      ...(key === 'hero' ? { fallback: 'fallback' } : {}),
    })),
    segments: [{ key: 'pro', name: 'Pro', when: { trait: 'plan', eq: 'pro' } }],
    actions: [{ key: 'fallback', name: 'F', content: { headline: 'f' } }, ...actions],
    policies,
  }))

const person: fc.Arbitrary<Person> = fc.record({
  splitKey: fc.integer({ min: 0, max: 20 }).map((n) => `anonymous_id:${n}`),
  traits: fc.constantFrom<JsonObject>(
    {},
    { plan: 'pro' },
    { plan: 'free', spent: 2 },
    { spent: 0 },
  ),
  consents: fc.constantFrom<Record<string, boolean>>(
    {},
    { email: true },
    { personalization: false },
  ),
  events: fc.array(fc.constantFrom(...AGO).map((at): [string, string] => ['Viewed', at])),
  exposures: fc.array(
    fc.record({
      kind: fc.constantFrom('served', 'impression', 'click'),
      action: fc.constantFrom(...ACTIONS),
      policy: fc.constantFrom('p1', 'p2'),
      placement: fc.constantFrom(...PLACEMENTS),
      at: fc.constantFrom(...AGO),
    }),
    { maxLength: 6, size: 'max' },
  ),
})

const asking = fc.record({
  placement: fc.shuffledSubarray([...PLACEMENTS], { minLength: 1 }),
  context: fc.constantFrom<JsonObject>({}, { device: 'phone' }),
})

const summary = (decisions: readonly Decision[]) =>
  decisions.map(({ placement, policy, choices, because, kind, instead, drawn }) => ({
    placement: placement.key,
    policy: policy?.key ?? null,
    choices: choices.map(({ action }) => action.key),
    because,
    kind,
    instead: instead.map(({ action }) => action.key),
    drawn: drawn.map(({ experiment, arm }) => [experiment.key, arm.key]),
  }))

describe('laws of decisions', () => {
  it('explain agrees with decide, and so does the replay of the log line', () => {
    const kinds = new Set<string>()
    fc.assert(
      fc.property(world, person, asking, (world, person, asking) => {
        const release = releaseOf(world)
        const profile = profileOf(person, release, NOW_MS)
        const { decisions } = decideAll(release, profile, asking)
        const explained = explainAll(release, profile, asking)
        expect(summary(explained.decisions)).toEqual(summary(decisions))
        for (const [i, { policies }] of explained.explanations.entries()) {
          // What is told as chosen is what was chosen, but for a fallback.
          const chosen = policies.flatMap(({ passed, actions }) =>
            passed ? actions.flatMap((one) => (one.chosen ? [one.action] : [])) : [],
          )
          const { kind, choices } = decisions[i]!
          kinds.add(kind)
          if (kind !== 'fallback') {
            expect(chosen.toSorted()).toEqual(choices.map(({ action }) => action.key).toSorted())
          }
        }
        const tape = recorder()
        const question = questionOf(release, profile, asking, tape)
        const logged = asking.placement.map((key) =>
          decidePlacement(release.placements.get(key)!, question),
        )
        const line = lineOf(release, question, logged, tape.answers)
        expect(storedLine(line)).toEqual(line)
        expect(summary(replay(release, storedLine(line)!)!)).toEqual(summary(decisions))
      }),
      { numRuns: 300 },
    )
    // The worlds are not all alike.
    expect([...kinds].toSorted()).toEqual(['fallback', 'formula', 'priority'])
  })

  const adding = (never: JsonObject) =>
    fc.property(
      world,
      person,
      asking,
      fc.integer({ min: 0, max: 3 }),
      (world, person, asking, priority) => {
        const more: World = {
          ...world,
          actions: [
            ...world.actions!,
            {
              key: 'n',
              name: 'N',
              content: {},
              attributes: { margin: 100 },
              tags: ['x'],
              ...never,
            },
          ],
          policies: world.policies!.map((policy) => ({
            ...policy,
            candidates: [
              ...(policy['candidates'] as { action: string; priority: number }[]),
              { action: 'n', priority },
            ],
          })),
        }
        const outcome = (of: World) => {
          const release = releaseOf(of)
          return summary(decideAll(release, profileOf(person, release, NOW_MS), asking).decisions)
        }
        expect(outcome(more)).toEqual(outcome(world))
      },
    )

  it('an action that is open to nobody here changes nothing, whatever else there is', () => {
    fc.assert(adding({ when: { trait: 'plan', eq: 'nobody’s' } }), { numRuns: 200 })
    fc.assert(adding({ schedule: { until: '2026-01-01T00:00:00Z' } }), { numRuns: 100 })
    // One that is open does.
    expectCaught(adding({}))
  })
})

/** Around these moments clocks change; hours before and after are as anywhere. */
const CHANGES: readonly (readonly [zone: string, at: string])[] = [
  ['Europe/London', '2026-03-29T01:00:00Z'],
  ['Europe/London', '2026-10-25T01:00:00Z'],
  ['America/New_York', '2026-03-08T07:00:00Z'],
  ['America/New_York', '2026-11-01T06:00:00Z'],
  ['Australia/Lord_Howe', '2026-04-04T15:00:00Z'],
  ['Australia/Lord_Howe', '2026-10-03T15:30:00Z'],
  ['America/Santiago', '2026-09-06T04:00:00Z'],
  ['Africa/Casablanca', '2026-02-15T02:00:00Z'],
  ['Asia/Tokyo', '2026-03-29T01:00:00Z'],
]
const MINUTE_MS = 60_000

/** Minutes after midnight by the platform's own calendar, not ours. */
function minuteIn(zone: string, ms: number): number {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(ms)
  const of = (type: string) => Number(parts.find((part) => part.type === type)?.value)
  return of('hour') * 60 + of('minute')
}

const clockOf = (minute: number): string =>
  [Math.floor(minute / 60), minute % 60].map((n) => String(n).padStart(2, '0')).join(':')
const quietAt = (minute: number, from: number, until: number): boolean =>
  from < until ? minute >= from && minute < until : minute >= from || minute < until

describe('where clocks change', () => {
  const minutes = fc.integer({ min: 0, max: 1439 })
  const moment = fc
    .tuple(fc.constantFrom(...CHANGES), fc.integer({ min: -36 * 60, max: 36 * 60 }))
    .map(([[zone, at], offset]) => ({ zone, ms: Date.parse(at) + offset * MINUTE_MS }))

  const nights = (clock: (zone: string, ms: number) => number) =>
    fc.property(moment, minutes, minutes, ({ zone, ms }, from, until) => {
      fc.pre(from !== until)
      const release = releaseOf({
        placements: [
          {
            key: 'hero',
            name: 'H',
            channel: 'email',
            fields: {},
            quietHours: { from: clockOf(from), until: clockOf(until) },
          },
        ],
        actions: [{ key: 'a', name: 'A', content: {} }],
        policies: [{ candidates: [{ action: 'a' }] }],
      })
      const profile = profileOf(
        { consents: { email: true }, traits: { timezone: zone } },
        release,
        ms,
      )
      const at = new Date(ms).toISOString()
      const { decisions, reasons } = decideAll(release, profile, { at })
      const isQuiet = quietAt(clock(zone, ms), from, until)
      expect(shown(decisions)).toEqual({ hero: isQuiet ? [] : ['a'] })
      if (!isQuiet) return
      const [reason] = reasons
      const opens = reason?.kind === 'fallback' ? (reason.notBefore ?? '') : ''
      const opensMs = Date.parse(opens)
      expect(opensMs).toBeGreaterThan(ms)
      // A day, and one more where clocks skip all that is not quiet.
      expect(opensMs - ms).toBeLessThanOrEqual(49 * 60 * MINUTE_MS)
      // From the moment it names it is sent, and the minute before it is not.
      const sent = (atMs: number) =>
        shown(decideAll(release, profile, { at: new Date(atMs).toISOString() }).decisions)['hero']
      expect(sent(opensMs)).toEqual(['a'])
      expect(sent(opensMs - MINUTE_MS)).toEqual([])
    })

  it('nothing is sent at night, by the clock of whoever would be woken', () => {
    fc.assert(nights(minuteIn), { numRuns: 400 })
    // A clock that never changes is caught.
    const fixed = (zone: string, ms: number): number => {
      const january = Date.parse('2026-01-10T12:00:00Z')
      const offset = minuteIn(zone, january) - 720
      return (((Math.floor(ms / MINUTE_MS) + offset) % 1440) + 1440) % 1440
    }
    expectCaught(nights(fixed))
  })

  const window = fc.tuple(moment, moment).map(([a, b]) => {
    const [from, until] = a.ms < b.ms ? [a.ms, b.ms] : [b.ms, a.ms]
    return { from, until: Math.max(until, from + MINUTE_MS) }
  })
  const schedules = (isOpen: (window: { from: number; until: number }, ms: number) => boolean) =>
    fc.property(window, window, window, moment, (action, policy, campaign, { zone, ms }) => {
      const written = ({ from, until }: { from: number; until: number }) => ({
        from: new Date(from).toISOString(),
        until: new Date(until).toISOString(),
      })
      const release = releaseOf({
        workspace: { timeZone: zone },
        placements: [{ key: 'hero', name: 'H', fields: {} }],
        campaigns: [{ key: 'c', name: 'C', schedule: written(campaign) }],
        actions: [{ key: 'a', name: 'A', content: {}, schedule: written(action) }],
        policies: [{ candidates: [{ action: 'a' }], campaign: 'c', schedule: written(policy) }],
      })
      const profile = profileOf({}, release, ms)
      const { decisions } = decideAll(release, profile, { at: new Date(ms).toISOString() })
      const open = [action, policy, campaign].every((one) => isOpen(one, ms))
      expect(shown(decisions)).toEqual({ hero: open ? ['a'] : [] })
    })

  it('nothing is shown outside of its schedule, its policy’s and its campaign’s', () => {
    fc.assert(
      schedules(({ from, until }, ms) => ms >= from && ms < until),
      { numRuns: 300 },
    )
    // An end that is an hour late, as by a clock that was not put back, is caught.
    const late = schedules(({ from, until }, ms) => ms >= from && ms < until + 3_600_000)
    expectCaught(late)
  })
})

/** The laws over whole histories: merges, undone merges, devices that several people use. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { identityMap, unmergeFacts } from '../../worker/core/identity/identity-map.ts'
import { fold } from '../../worker/core/profile/fold.ts'
import { emptyProfile, type Profile } from '../../worker/core/profile/profile.ts'
import type { EventRecord } from '../../worker/core/record.ts'
import { contentOf, rules } from './people.ts'
import { delivery, NOW_MS, open, world, type World } from './world.ts'
import { expectCaught } from './teeth.ts'

/** TSUGI_RUNS=10000 for the long form. */
const numRuns = Number(process.env['TSUGI_RUNS'] ?? 300)

const message = fc.record({
  device: fc.option(fc.constantFrom('d1', 'd2', 'd3', 'd4', 'd5', 'd6', 'd7'), {
    nil: undefined,
    freq: 6,
  }),
  user: fc.option(fc.constantFrom('u1', 'u2', 'u3'), { nil: undefined, freq: 2 }),
  id: fc.integer({ min: 0, max: 80 }),
  /** Retried, with another time by the sender's clock. */
  late: fc.integer({ min: 0, max: 30 }),
})
const step = fc.oneof(
  { weight: 8, arbitrary: fc.array(message, { minLength: 1, maxLength: 4 }) },
  // Undoes one of the merges that there are then.
  { weight: 2, arbitrary: fc.record({ undo: fc.nat({ max: 20 }) }) },
)
const history = fc.array(step, { maxLength: 40, size: 'max' })
type History = Parameters<Parameters<typeof history.map>[0]>[0]

interface Played {
  readonly world: World
  /** The two that each undo told apart. */
  readonly undone: readonly (readonly [stays: string, leaves: string])[]
  readonly refused: readonly string[]
}

function play(steps: History, w = world()): Played {
  const undone: Played['undone'][number][] = []
  const refused: string[] = []
  let arrivedMs = NOW_MS + 86_400_000
  for (const one of steps) {
    if ('undo' in one) {
      const merged = w.tombstones()
      const absorbed = merged[one.undo % merged.length]
      if (absorbed === undefined) continue
      const refusal = w.undo(absorbed)
      if (refusal !== null) refused.push(refusal)
      else {
        const { stays, leaves } = unmergeFacts(w.log.at(-1) as EventRecord)
        undone.push([stays, leaves])
      }
      continue
    }
    const named = one.filter(({ device, user }) => device !== undefined || user !== undefined)
    w.send(
      ...named.map(({ device, user, id, late }) =>
        delivery(
          { messageId: `m${id}`, anonymousId: device, userId: user },
          open,
          NOW_MS + ((id * 37) % 101) * 60_000 + late * 1000,
          arrivedMs++,
        ),
      ),
    )
  }
  return { world: w, undone, refused }
}

/** L3: the log alone rebuilds everybody. */
function replay(log: readonly EventRecord[]): Map<string, Profile> {
  const map = identityMap()
  for (const record of log) map.note(record)
  const people = new Map<string, Profile>()
  for (const record of log) {
    const owner = map.ownerOf(record)
    if (record.late === true || record.type.startsWith('$') || owner === null) continue
    people.set(owner, fold(people.get(owner) ?? emptyProfile(owner, ''), [record], rules()))
  }
  return people
}

type Replay = typeof replay
const replayIsLive = (rebuild: Replay) =>
  fc.property(history, (steps) => {
    const { log, living } = play(steps).world
    const replayed = rebuild(log)
    for (const profile of living()) {
      const { identifiers: _, apart: _marks, ...content } = contentOf(profile)
      const { identifiers: _none, ...rebuilt } = contentOf(replayed.get(profile.id) as Profile)
      expect(rebuilt).toEqual(content)
    }
    expect([...replayed.keys()].sort()).toEqual(
      living()
        .map(({ id }) => id)
        .sort(),
    )
  })

describe('L3: the log alone gives the live profiles', () => {
  it('through merges and undone merges', () => {
    fc.assert(replayIsLive(replay), { numRuns })
  })

  it('has teeth: an undo that is not followed, records that were not moved', () => {
    const blind: Replay = (log) => replay(log.filter(({ type }) => type !== '$unmerge'))
    expectCaught(replayIsLive(blind))
    const immovable: Replay = (log) =>
      replay(
        log.map((record) =>
          record.type === '$unmerge'
            ? { ...record, properties: { ...record.properties, moved: [] } }
            : record,
        ),
      )
    expectCaught(replayIsLive(immovable))
  })
})

describe('who owns what', () => {
  it('every identifier has one owner, who lives and knows it', () => {
    fc.assert(
      fc.property(history, (steps) => {
        const { owners, living } = play(steps).world
        const people = living()
        for (const [key, owner] of owners) {
          const profile = people.find(({ id }) => id === owner)
          expect(profile?.identifiers.map((i) => `${i.type}:${i.value}`)).toContain(key)
        }
        for (const profile of people) {
          for (const { type, value } of profile.identifiers) {
            expect(owners.get(`${type}:${value}`)).toBe(profile.id)
          }
        }
      }),
      { numRuns },
    )
  })

  it('tombstones lead to somebody who lives, without circles', () => {
    fc.assert(
      fc.property(history, (steps) => {
        const { world: w } = play(steps)
        for (const id of w.tombstones()) {
          const met = new Set<string>()
          let at: string | null = id
          while (at !== null && w.profiles.get(at)?.mergedInto != null) {
            expect(met.has(at)).toBe(false)
            met.add(at)
            at = w.profiles.get(at)?.mergedInto ?? null
          }
          expect(w.profiles.get(at ?? '')?.mergedInto).toBeNull()
        }
        const map = identityMap()
        for (const record of w.log) map.note(record)
        for (const id of w.profiles.keys()) {
          let at = id
          while (w.profiles.get(at)?.mergedInto != null) at = w.profiles.get(at)?.mergedInto ?? ''
          expect(map.livingId(id)).toBe(at)
        }
      }),
      { numRuns },
    )
  })
})

const pairsHold = (forgetful: boolean) =>
  fc.property(history, history, (before, after) => {
    const {
      world: w,
      undone,
      refused,
    } = play([...before, ...after], world(undefined, { forgetful }))
    const map = identityMap()
    for (const record of w.log) map.note(record)
    for (const [one, other] of undone) expect(map.livingId(one)).not.toBe(map.livingId(other))
    // The whole log is there, so nothing can be missing.
    expect(refused).not.toContain('incomplete')
  })

describe('an undone merge holds', () => {
  it('nobody is ever joined again with whom they were told apart from', () => {
    fc.assert(pairsHold(false), { numRuns })
  })

  it('has teeth: marks that are forgotten', () => {
    expectCaught(pairsHold(true))
  })
})

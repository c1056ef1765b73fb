/** A thousand segments of one person against closures by hand and the engines that others use. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Condition } from '../worker/contract/condition.ts'
import { factsOf } from '../worker/core/condition/facts.ts'
import { evaluateNow } from '../worker/core/membership/evaluate.ts'
import { NEVER_EVALUATED } from '../worker/core/membership/membership.ts'
import type { Profile } from '../worker/core/profile/profile.ts'
import { compileRelease } from '../worker/core/release/compile.ts'
import { trackedSegments } from '../worker/core/release/segments.ts'
import type { Release } from '../worker/core/release/release.ts'
import { cpuMicros, interleave, quantile, type Medians } from './harness/interleave.ts'
import { number, type Bench, type Report, type Row } from './harness/row.ts'
import { conditionsOf, peopleOf, unsharedOf, type Person } from './segments/audience.ts'
import { behaviouralByHand, behaviouralOf, doersOf } from './segments/behaviour.ts'
import { BY_HAND, GROWTHBOOK, PEERS, type Peer } from './segments/peers.ts'
import { configurationOf, releaseOf } from './segments/release.ts'
import { NOW_MS } from './shop/words.ts'

const PEOPLE = 64
const SEGMENTS = 1000
const MANY = 10_000
const ROUNDS = 11
const TURNS = 500

function ours(release: Release, profile: Profile): number[] {
  const facts = factsOf(release.segments, profile, {}, NOW_MS)
  const hits: number[] = []
  for (let i = 0; i < release.segments.length; i++) if (facts.segment(i)) hits.push(i)
  return hits
}

const micros = (release: Release, people: readonly Person[], turns = TURNS): Promise<number> =>
  cpuMicros(turns, (i) => ours(release, (people[i % PEOPLE] as Person).profile))

/** Throws unless a peer finds everybody in the same segments. */
async function assertSameHits(
  { name, turns, prepare }: Peer,
  conditions: readonly Condition[],
  release: Release,
  people: readonly Person[],
): Promise<void> {
  const find = prepare(conditions)
  // Of the slowest a few people say enough.
  for (const { traits, profile } of turns > 10 ? people : people.slice(0, 4)) {
    const [we, they] = [ours(release, profile).join(), (await find(traits)).join()]
    if (we !== they) throw new Error(`${name} finds ${they} where we find ${we}`)
  }
}

interface Scene {
  readonly conditions: readonly Condition[]
  readonly release: Release
  readonly people: readonly Person[]
}

async function against(peer: Peer, { conditions, release, people }: Scene): Promise<Medians> {
  await assertSameHits(peer, conditions, release, people)
  const find = peer.prepare(conditions)
  const theirs = (): Promise<number> =>
    cpuMicros(peer.turns, (i) => find((people[i % PEOPLE] as Person).traits))
  await theirs()
  await micros(release, people)
  return interleave(peer.turns > 10 ? ROUNDS : 3, () => micros(release, people), theirs)
}

const us = (value: number): string => `${number(value, 1)} µs`

function rowOf(peer: Peer, { ours: we, theirs, theirsToOurs }: Medians, least: number | null): Row {
  const isFloor = peer === BY_HAND
  return {
    what: '1,000 compiled four-leaf segments on one profile',
    peer: peer.needsEval ? `${peer.name} (needs eval)` : peer.name,
    theirs: us(theirs),
    ours: us(we),
    ratio: theirsToOurs,
    budget: least === null ? '' : isFloor ? '≤ 10 times theirs (≥ 0.1)' : `≥ ${least} times faster`,
    met: least === null || theirsToOurs >= least,
  }
}

async function growthRow(scene: Scene): Promise<Row> {
  const conditions = conditionsOf(MANY)
  const many = releaseOf(conditions)
  await assertSameHits(BY_HAND, conditions, many, scene.people)
  await micros(many, scene.people, 200)
  const medians = await interleave(
    ROUNDS,
    () => micros(many, scene.people, 200),
    () => micros(scene.release, scene.people),
  )
  const times = 1 / medians.theirsToOurs
  return {
    what: '10,000 such segments',
    peer: '1,000 of them',
    theirs: us(medians.theirs),
    ours: us(medians.ours),
    ratio: medians.theirsToOurs,
    budget: '< 10 times the time (> 0.1)',
    met: times < 10,
  }
}

/** A thousand of what people did, over profiles whose hundred recent events are full. */
async function behaviourRow(): Promise<Row> {
  const release = releaseOf(behaviouralOf(SEGMENTS))
  const doers = doersOf(release, PEOPLE)
  const byHand = behaviouralByHand(SEGMENTS)
  for (const profile of doers) {
    const [we, they] = [ours(release, profile).join(), byHand(profile).join()]
    if (we !== they) throw new Error(`by hand ${they} where we find ${we}`)
  }
  const doer = (i: number): Profile => doers[i % PEOPLE] as Profile
  const we = (): Promise<number> => cpuMicros(100, (i) => ours(release, doer(i)))
  const they = (): Promise<number> => cpuMicros(100, (i) => byHand(doer(i)))
  await we()
  await they()
  const medians = await interleave(ROUNDS, we, they)
  return {
    what: '1,000 segments of four behavioural leaves over 100 recent events',
    peer: 'loops by hand',
    theirs: us(medians.theirs),
    ours: us(medians.ours),
    ratio: medians.theirsToOurs,
    budget: '≤ 10 times theirs (≥ 0.1)',
    met: medians.theirsToOurs >= 0.1,
  }
}

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** Milliseconds of CPU of one compile, and the bytes that its release holds. */
async function compiled(): Promise<{ readonly ms: number; readonly bytes: number }> {
  const config = configurationOf(conditionsOf(MANY))
  const compile = (): Release => compileRelease(config, { number: 1, epoch: 1, stopped: false })
  const took: number[] = []
  for (let i = 0; i < 5; i++) took.push((await cpuMicros(1, compile)) / 1000)
  const [person] = peopleOf(1)
  collect()
  const before = process.memoryUsage()
  const release = compile()
  // The first question makes the tables.
  ours(release, (person as Person).profile)
  collect()
  const after = process.memoryUsage()
  const bytes = after.heapUsed - before.heapUsed + after.arrayBuffers - before.arrayBuffers
  if (release.segments.length !== MANY) throw new Error('the release was collected')
  return { ms: quantile(took, 0.5), bytes }
}

/** What a commit pays for entries, exits and the next due moment. */
async function membershipMicros(
  conditions: readonly Condition[],
  profilesOf: (release: Release) => readonly Profile[],
): Promise<number> {
  const config = configurationOf(conditions)
  const slots = trackedSegments(config).map(({ key, version }, slot) => ({
    slot,
    key,
    version,
    sinceEpoch: 1,
    versionEpoch: 1,
  }))
  const release = compileRelease(config, { number: 1, epoch: 1, stopped: false, slots })
  const present = { rules: release.rules.membership, epoch: 1, nowMs: NOW_MS }
  const known = profilesOf(release).map((profile) => {
    const fresh = { ...profile, membership: { ...NEVER_EVALUATED, epoch: 1 } }
    return { ...profile, membership: evaluateNow(fresh, present, 'event', SEGMENTS).membership }
  })
  const again = (): Promise<number> =>
    cpuMicros(100, (i) => evaluateNow(known[i % PEOPLE] as Profile, present, 'event', SEGMENTS))
  await again()
  const taken: number[] = []
  for (let round = 0; round < 5; round++) taken.push(await again())
  return quantile(taken, 0.5)
}

async function run(): Promise<Report> {
  const conditions = conditionsOf(SEGMENTS)
  const people = peopleOf(PEOPLE)
  const scene = { conditions, release: releaseOf(conditions), people }
  const rows = [rowOf(BY_HAND, await against(BY_HAND, scene), 0.1)]
  for (const peer of PEERS) {
    const least = peer.needsEval ? null : peer === GROWTHBOOK ? 5 : 2
    rows.push(rowOf(peer, await against(peer, scene), least))
  }
  rows.push(await growthRow(scene), await behaviourRow())
  const { ms, bytes } = await compiled()
  rows.push({
    what: 'compiling 10,000 four-leaf segments',
    peer: '',
    theirs: '',
    ours: `${number(ms)} ms`,
    ratio: null,
    budget: '< 1,000 ms',
    met: ms < 1000,
  })
  const hits = people.reduce((sum, { profile }) => sum + ours(scene.release, profile).length, 0)
  const unshared = await against(BY_HAND, {
    conditions: unsharedOf(SEGMENTS),
    release: releaseOf(unsharedOf(SEGMENTS)),
    people,
  })
  const membership = await membershipMicros(conditions, () => people.map(({ profile }) => profile))
  const doing = await membershipMicros(behaviouralOf(SEGMENTS), (release) =>
    doersOf(release, PEOPLE),
  )
  return {
    rows,
    notes: [
      `segments: CPU time for all segments of one person, over ${PEOPLE} people of 40 traits who are in ${number(hits / PEOPLE)} of ${number(SEGMENTS)} each; ` +
        `every engine's hits asserted equal to ours before measuring. The floor are functions as one would type them, one a segment. ` +
        `Where no two of the 4,000 leaves are equal: ${us(unshared.ours)} against ${us(unshared.theirs)} by hand.`,
      `10,000 compiled segments hold ${number(bytes / 2 ** 20, 1)} MB, their configuration not counted. ` +
        `A commit that evaluates 1,000 memberships anew, with the next moment that time could change one: ${us(membership)} for traits, ${us(doing)} for behaviour.`,
    ],
  }
}

export const segmentsBench: Bench = {
  about: '1,000 segments of one person against closures by hand and seven other engines',
  run,
}

/** decide in this process, rules alone and from document to answer, against GrowthBook's SDK. */
import type { GrowthBookClient } from '@growthbook/growthbook'
import type { Configuration } from '../worker/contract/config.ts'
import type { Content } from '../worker/contract/decide.ts'
import { decidePlacement } from '../worker/core/decision/decide.ts'
import { storedProfile } from '../worker/core/profile/stored.ts'
import { compileRelease } from '../worker/core/release/compile.ts'
import type { CompiledPlacement } from '../worker/core/decision/plan.ts'
import type { Release } from '../worker/core/release/release.ts'
import { decide } from '../worker/flow/decide.ts'
import type { DecisionSeal } from '../worker/flow/ports.ts'
import { cpuMicros, interleave } from './harness/interleave.ts'
import { number, type Bench, type Row } from './harness/row.ts'
import { configurationOf, placementsOf, USUAL, type Size } from './shop/configuration.ts'
import { attributesOf, growthBookOf } from './shop/growthbook.ts'
import { documentsOf, localPorts, type Documents } from './shop/local-ports.ts'
import { peopleOf, type Person } from './shop/people.ts'
import { countedActions, questionOf } from './shop/question.ts'
import { NOW_MS } from './shop/words.ts'

const PEOPLE = 64
/** Sealing is ours alone, so it is left out here on both sides and measured over HTTP. */
const SEAL: DecisionSeal = { seal: async () => 'd1'.padEnd(200, '-'), open: () => null }

interface Scene {
  readonly size: Size
  readonly config: Configuration
  readonly release: Release
  readonly placements: readonly CompiledPlacement[]
  readonly people: readonly Person[]
  readonly documents: Documents
  readonly peer: GrowthBookClient
  readonly contents: ReadonlyMap<string, Content>
  /** Counter → the action whose impressions it counts. */
  readonly counted: ReadonlyMap<string, string>
}

function sceneOf(size: Size): Scene {
  const config = configurationOf(size)
  const release = compileRelease(config, { number: 1, epoch: 1, stopped: false })
  const people = peopleOf(release, PEOPLE, size.actions)
  return {
    size,
    config,
    release,
    placements: [...release.placements.values()],
    people,
    documents: documentsOf(people),
    peer: growthBookOf(config),
    contents: new Map(config.actions.map(({ key, content }) => [key, content])),
    counted: countedActions(release),
  }
}

function oursByRules({ release, placements }: Scene, person: Person): string[] {
  const question = questionOf(release, person, null)
  return placements.map(
    (placement) => decidePlacement(placement, question).choices[0]?.action.key ?? '',
  )
}

const peersByRules = ({ peer, placements }: Scene, attributes: object): string[] =>
  placements.map(({ key }) => String(peer.evalFeature(key, { attributes }).value))

/** A request's whole way: find the document, decide, answer. */
function ourRequest(scene: Scene): (person: Person) => Promise<unknown> {
  const { release, config, documents, size } = scene
  const ports = localPorts(release, documents, SEAL)
  const [source] = config.sources
  if (source === undefined) throw new Error('the benchmark has a source')
  const placements = placementsOf(size)
  let n = 0
  return async ({ anonymousId, context }) => {
    const result = await decide(ports, {
      release,
      source,
      trusted: false,
      body: { anonymousId, context, placements },
      requestId: `request-${n++}`,
      receivedAtMs: NOW_MS,
      budgetMs: 100,
      bytes: 500,
    })
    if (!result.ok) throw new Error(result.error.code)
    if (result.value.degraded) throw new Error('the fallback is no answer to compare')
    return result.value
  }
}

/** The same for the peer: what it has no part for is what we use. */
function peersRequest(scene: Scene): (person: Person) => Promise<unknown> {
  const { documents, contents } = scene
  let n = 0
  return async ({ anonymousId, context }) => {
    const profile = storedProfile(JSON.parse(documents.get(anonymousId) as string))
    const chosen = peersByRules(scene, attributesOf({ profile, context }, scene.counted, NOW_MS))
    const items = await Promise.all(
      chosen.map(async (action, i) => ({
        decisionId: await SEAL.seal({
          id: `request-${n++}`,
          asker: null,
          placement: scene.placements[i]?.key as string,
          policy: null,
          action,
          arm: null,
          propensity: 1,
          epoch: 1,
          atMs: NOW_MS,
          position: 0,
          experiments: null,
          model: 0,
          leaf: '',
        }),
        content: contents.get(action),
      })),
    )
    return { items, profileId: profile.id }
  }
}

function assertEqualAnswers(scene: Scene): { different: number; fallbacks: number } {
  const seen = new Set<string>()
  let fallbacks = 0
  for (const person of scene.people) {
    const ours = oursByRules(scene, person)
    const theirs = peersByRules(scene, attributesOf(person, scene.counted, NOW_MS))
    if (ours.join() !== theirs.join()) {
      throw new Error(`for ${person.anonymousId} we say ${ours.join()}, they ${theirs.join()}`)
    }
    for (const answer of ours) {
      seen.add(answer)
      if (answer.startsWith('fallback')) fallbacks++
    }
  }
  return { different: seen.size, fallbacks }
}

async function measureRules(scene: Scene, rounds: number, turns: number) {
  const { people } = scene
  const attributes = people.map((person) => attributesOf(person, scene.counted, NOW_MS))
  const ours = (): Promise<number> =>
    cpuMicros(turns, (i) => oursByRules(scene, people[i % PEOPLE] as Person))
  const theirs = (): Promise<number> =>
    cpuMicros(turns, (i) => peersByRules(scene, attributes[i % PEOPLE] as object))
  await ours()
  await theirs()
  return interleave(rounds, ours, theirs)
}

async function measureRequests(scene: Scene, rounds: number, turns: number) {
  const [ask, askPeer] = [ourRequest(scene), peersRequest(scene)]
  const { people } = scene
  const ours = (): Promise<number> => cpuMicros(turns, (i) => ask(people[i % PEOPLE] as Person))
  const theirs = (): Promise<number> =>
    cpuMicros(turns, (i) => askPeer(people[i % PEOPLE] as Person))
  await ours()
  await theirs()
  return interleave(rounds, ours, theirs)
}

const GROWTH: readonly Size[] = [
  { segments: 100, actions: 20, placements: 4 },
  { segments: 1000, actions: 20, placements: 4 },
  { segments: 1000, actions: 200, placements: 4 },
  { segments: 10_000, actions: 200, placements: 4 },
  { segments: 10_000, actions: 2000, placements: 4 },
]

async function run() {
  const scene = sceneOf(USUAL)
  const { different, fallbacks } = assertEqualAnswers(scene)
  const row = (what: string, peer: string, { ours, theirs, theirsToOurs }: Figures): Row => ({
    what,
    peer,
    theirs: `${number(theirs, 1)} µs`,
    ours: `${number(ours, 1)} µs`,
    ratio: theirsToOurs,
    budget: 'faster (> 1)',
    met: theirsToOurs > 1,
  })
  const rules = await measureRules(scene, 15, 2000)
  const requests = await measureRequests(scene, 15, 1000)
  const growth: string[] = []
  for (const size of GROWTH) {
    const grown = sceneOf(size)
    assertEqualAnswers(grown)
    const { ours, theirs, theirsToOurs } = await measureRules(grown, 5, 500)
    growth.push(
      `| ${number(size.segments)} | ${number(size.actions)} | ${number(ours, 1)} µs | ${number(theirs, 1)} µs | ${number(theirsToOurs, 1)} |`,
    )
  }
  return {
    rows: [
      row(
        'decide in-process, rules alone: 1,000 segments, 200 actions, caps',
        "GrowthBook's SDK, equal rules",
        rules,
      ),
      row(
        'decide in-process, from stored document to answer',
        "GrowthBook's SDK, same store and answer",
        requests,
      ),
    ],
    notes: [
      `CPU time of one decide of ${USUAL.placements} placements, over ${PEOPLE} people of ${number(meanDocument(scene))} bytes each; ` +
        `answers asserted equal before measuring: ${different} different actions, ${fallbacks} fallbacks of ${PEOPLE * USUAL.placements}. ` +
        'In the first row GrowthBook gets its attributes ready-made, events and exposures already counted.',
      'How it grows (rules alone):\n\n| segments | actions | ours | GrowthBook | ratio |\n|--:|--:|--:|--:|--:|\n' +
        growth.join('\n'),
    ],
  }
}

type Figures = Awaited<ReturnType<typeof interleave>>

const meanDocument = ({ documents }: Scene): number =>
  [...documents.values()].reduce((sum, doc) => sum + Buffer.byteLength(doc), 0) / documents.size

export const decideBench: Bench = {
  about: "decide in this process against GrowthBook's SDK on equal rules",
  run,
}

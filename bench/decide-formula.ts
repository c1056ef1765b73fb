/** Candidates ranked by a formula, and how it grows with them, against GrowthBook's SDK and a function. */
import * as v from 'valibot'
import { configuration, type Configuration } from '../worker/contract/config.ts'
import { decidePlacement } from '../worker/core/decision/decide.ts'
import { formulaEngine } from '../worker/core/decision/formula.ts'
import { recorder } from '../worker/core/decision/tape.ts'
import { checkConfiguration } from '../worker/core/release/check.ts'
import { compileRelease } from '../worker/core/release/compile.ts'
import type { CompiledPlacement } from '../worker/core/decision/plan.ts'
import { cpuMicros, interleave } from './harness/interleave.ts'
import { number, type Bench } from './harness/row.ts'
import { configurationOf } from './shop/configuration.ts'
import { actionFeaturesOf, attributesOf } from './shop/growthbook.ts'
import { peopleOf, type Person } from './shop/people.ts'
import { countedActions, questionOf } from './shop/question.ts'
import { NOW_MS } from './shop/words.ts'

const PEOPLE = 64
const SEGMENTS = 1000
const GROWTH = [10, 50, 200, 1000]
const USUAL_ACTIONS = 200
const FORMULA =
  'action.margin * (profile.traits.?spent.orValue(0.0) > 500.0 ? 2.0 : 1.0) + (segments["s-0"] ? 5.0 : 0.0)'

const marginOf = (key: string): number => ((Number(key.slice(2)) * 37) % 101) + 1

/** One placement whose one policy has every action as a candidate. */
function configOf(actions: number, formula: string | undefined): Configuration {
  const base = configurationOf({ segments: SEGMENTS, actions, placements: 1 })
  const own = base.actions.filter(({ key }) => key.startsWith('a-'))
  const config = v.parse(configuration, {
    ...base,
    actions: base.actions.map((action) =>
      own.includes(action) ? { ...action, attributes: { margin: marginOf(action.key) } } : action,
    ),
    policies: [
      {
        key: 'only',
        name: 'Only',
        placement: 'p-0',
        candidates: own.map(({ key }, i) => ({ action: key, priority: own.length - i })),
        ...(formula === undefined ? {} : { formula }),
      },
    ],
  })
  const faults = checkConfiguration(config, null, formulaEngine)
  if (faults.length > 0) throw new Error(JSON.stringify(faults))
  return config
}

function sceneOf(actions: number, formula: string | undefined) {
  const config = configOf(actions, formula)
  const state = { number: 1, epoch: 1, stopped: false }
  const release = compileRelease(config, state, null, formulaEngine)
  const people = peopleOf(release, PEOPLE, actions)
  const counted = countedActions(release)
  const attributes = people.map((person) => attributesOf(person, counted, NOW_MS))
  return { config, release, people, attributes }
}
type Scene = ReturnType<typeof sceneOf>

/** @param logged as a served decision is, with all that it reads recorded */
function ours({ release }: Scene, person: Person, logged: boolean): string {
  const question = questionOf(release, person, logged ? recorder() : null)
  const placement = release.placements.get('p-0') as CompiledPlacement
  return decidePlacement(placement, question).choices[0]?.action.key ?? ''
}

function peerOf({ config }: Scene) {
  const peer = actionFeaturesOf(config, ['s-0'])
  const keys = config.actions.filter(({ key }) => key.startsWith('a-')).map(({ key }) => key)
  const margins = new Map(keys.map((key) => [key, marginOf(key)]))
  return (attributes: Record<string, unknown>): string => {
    const isOn = (key: string): boolean => peer.evalFeature(key, { attributes }).on
    const spent = typeof attributes['spent'] === 'number' ? attributes['spent'] : 0
    const bonus = isOn('s-0') ? 5 : 0
    let best = 'fallback-0'
    let most = -Infinity
    for (const key of keys) {
      if (!isOn(key)) continue
      const score = (margins.get(key) as number) * (spent > 500 ? 2 : 1) + bonus
      if (score > most) [best, most] = [key, score]
    }
    return best
  }
}

async function measure(actions: number, rounds: number, turns: number) {
  const scene = sceneOf(actions, FORMULA)
  const theirs = peerOf(scene)
  const seen = new Set<string>()
  for (const [i, person] of scene.people.entries()) {
    const [a, b] = [ours(scene, person, false), theirs(scene.attributes[i] as never)]
    if (a !== b) throw new Error(`for ${person.anonymousId} we say ${a}, they ${b}`)
    seen.add(a)
  }
  const at = (i: number): Person => scene.people[i % PEOPLE] as Person
  const run = (logged: boolean) => () => cpuMicros(turns, (i) => ours(scene, at(i), logged))
  const peers = (): Promise<number> =>
    cpuMicros(turns, (i) => theirs(scene.attributes[i % PEOPLE] as never))
  const byPriority = sceneOf(actions, undefined)
  const plain = (): Promise<number> =>
    cpuMicros(turns, (i) => ours(byPriority, byPriority.people[i % PEOPLE] as Person, false))
  for (const warm of [run(false), run(true), peers, plain]) await warm()
  const figures = await interleave(rounds, run(false), peers)
  const logged = await interleave(rounds, run(true), run(false))
  const priority = await interleave(rounds, plain, run(false))
  return { ...figures, logged: logged.ours, priority: priority.ours, different: seen.size }
}

async function run() {
  const usual = await measure(USUAL_ACTIONS, 15, 300)
  const growth: string[] = []
  for (const actions of GROWTH) {
    const one = await measure(actions, 5, Math.ceil(40_000 / actions))
    growth.push(
      `| ${number(actions)} | ${number(one.priority, 1)} µs | ${number(one.ours, 1)} µs | ${number(one.logged, 1)} µs | ${number(one.theirs, 1)} µs | ${number(one.theirsToOurs, 1)} |`,
    )
  }
  return {
    rows: [
      {
        what: `decide in-process, ${USUAL_ACTIONS} candidates by a formula: 1,000 segments, caps`,
        peer: "GrowthBook's SDK, a feature an action, ranked by a function",
        theirs: `${number(usual.theirs, 1)} µs`,
        ours: `${number(usual.ours, 1)} µs`,
        ratio: usual.theirsToOurs,
        budget: 'faster (> 1)',
        met: usual.theirsToOurs > 1,
      },
    ],
    notes: [
      `By a formula: \`${FORMULA}\`; answers asserted equal, ${usual.different} different ones over ${PEOPLE} people. ` +
        'How it grows with the candidates of one policy, all of which a formula has to score and a ranking by priority does not; logged is with all that was read recorded:\n\n' +
        '| candidates | by priority | by formula | by formula, logged | GrowthBook and a function | ratio |\n|--:|--:|--:|--:|--:|--:|\n' +
        growth.join('\n'),
    ],
  }
}

export const decideFormulaBench: Bench = {
  about: "candidates ranked by a formula, against GrowthBook's SDK and a function",
  run,
}

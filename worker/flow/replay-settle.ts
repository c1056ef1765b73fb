/** A page of rebuilt people against the store: what differs, and, where asked for, written. */
import type { RebuildRules } from '../core/replay/rebuild.ts'
import { identifierKey, type Identifier } from '../core/identity/identifier.ts'
import { isHeavier } from '../core/json-text.ts'
import { profileText } from '../core/profile/stored.ts'
import { repair, type Finding, type Moment, type Repair } from '../core/replay/repair.ts'
import type { Ids, ProfileStore } from './ports.ts'
import type { ReplayRun } from './replay-ports.ts'
import { sceneOf, type NoScene, type ScenePorts } from './replay-scene.ts'

export interface SettlePorts extends ScenePorts {
  readonly store: Pick<ProfileStore, 'commit'>
  readonly ids: Pick<Ids, 'commitId'>
  nowMs(): number
}

export interface Settled {
  readonly findings: readonly Finding[]
  /** People who were written. */
  readonly written: number
  /** How many of those asked for, from the first on, are done. */
  readonly done: number
  /** Why not all are; `busy`: somebody else was first, each time. */
  readonly stopped: NoScene | 'busy' | null
}

const NOTHING = { findings: [], written: 0, done: 0 } as const

const MAX_TRIES = 5
const MAX_COMMIT_PEOPLE = 50
const MAX_COMMIT_BYTES = 1_000_000

export async function settle(
  ports: SettlePorts,
  run: ReplayRun,
  rules: RebuildRules,
  ids: readonly string[],
  identifiers: readonly Identifier[],
): Promise<Settled> {
  for (let tries = 1; tries <= MAX_TRIES; tries++) {
    const found = await examine(ports, run, rules, ids, identifiers)
    if (typeof found === 'string') return { ...NOTHING, stopped: found }
    const { findings, profiles } = found
    const settled = { findings, done: ids.length, stopped: null }
    if (!run.apply || profiles.length === 0) return { ...settled, written: 0 }
    if (ids.length > 1 && isTooLarge(found)) return inHalves(ports, run, rules, ids, identifiers)
    const result = await ports.store.commit({
      id: ports.ids.commitId(),
      receivedAtMs: ports.nowMs(),
      profiles,
      identifiers: found.identifiers,
      // What happened is in the log already.
      records: [],
    })
    if (result.done) return { ...settled, written: profiles.length }
    // One of them is busy: the others need not wait for it.
    if (ids.length > 1) return inHalves(ports, run, rules, ids, identifiers)
  }
  return { ...NOTHING, stopped: 'busy' }
}

/** With all at hand that the answer needs. */
async function examine(
  ports: SettlePorts,
  run: ReplayRun,
  rules: RebuildRules,
  ids: readonly string[],
  identifiers: readonly Identifier[],
): Promise<Repair | NoScene> {
  const asked = new Set(ids)
  const keys = new Map(identifiers.map((identifier) => [identifierKey(identifier), identifier]))
  for (;;) {
    const scene = await sceneOf(ports, run, rules, [...asked], [...keys.values()])
    if (typeof scene === 'string') return scene
    const moment: Moment = {
      people: scene.people,
      standing: scene.standing.profiles,
      owners: scene.standing.owners,
      askedIds: asked,
      askedKeys: new Set(keys.keys()),
      nowMs: ports.nowMs(),
    }
    const found = repair(moment, ids)
    const { needs } = found
    if (needs.ids.length === 0 && needs.identifiers.length === 0) return found
    // All of it anew: what was read belongs to one moment.
    for (const id of needs.ids) asked.add(id)
    for (const identifier of needs.identifiers) keys.set(identifierKey(identifier), identifier)
  }
}

const isTooLarge = ({ profiles }: Repair): boolean =>
  profiles.length > MAX_COMMIT_PEOPLE ||
  isHeavier(
    profiles.map(({ profile }) => profileText(profile)),
    MAX_COMMIT_BYTES,
  )

async function inHalves(
  ports: SettlePorts,
  run: ReplayRun,
  rules: RebuildRules,
  ids: readonly string[],
  identifiers: readonly Identifier[],
): Promise<Settled> {
  const middle = Math.ceil(ids.length / 2)
  const first = await settle(ports, run, rules, ids.slice(0, middle), identifiers)
  if (first.stopped !== null) return first
  const second = await settle(ports, run, rules, ids.slice(middle), identifiers)
  return {
    findings: [...first.findings, ...second.findings],
    written: first.written + second.written,
    done: first.done + second.done,
    stopped: second.stopped,
  }
}

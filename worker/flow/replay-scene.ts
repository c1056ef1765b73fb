/**
 * Some people at one moment: as the log has them, the part that is in no file
 * yet included, and as they stand in the store.
 *
 * The store is read before the rest of the outbox. So a commit that the
 * documents show is in the log that is read, and one that comes after them
 * changes a version: what is written then is refused.
 */
import type { Identifier } from '../core/identity/identifier.ts'
import type { EventRecord } from '../core/record.ts'
import { profilesNamed, type RebuildRules } from '../core/replay/rebuild.ts'
import type {
  FiledLog,
  LoggedRecord,
  OutboxTail,
  RawProfiles,
  RawRead,
  ReplayRun,
  Replays,
} from './replay-ports.ts'
import { foldOn, loadShadows, type Shadows } from './replay-people.ts'
import { orderMs } from './replay-stream.ts'

export interface ScenePorts {
  readonly replays: Replays
  readonly raw: RawProfiles
  readonly tails: readonly OutboxTail[]
  readonly filed: FiledLog
}

export interface Scene {
  readonly people: Shadows
  readonly standing: RawRead
  /** Further people of the same moment, as the log has them. */
  more(ids: readonly string[]): Promise<Shadows>
}

/** `filed`: there are new files to fold first. `crowded`: more is in no file than may be read. */
export type NoScene = 'filed' | 'crowded'

export async function sceneOf(
  ports: ScenePorts,
  run: ReplayRun,
  rules: RebuildRules,
  ids: readonly string[],
  identifiers: readonly Identifier[],
): Promise<Scene | NoScene> {
  const standing = await ports.raw.read(ids, identifiers)
  const found = await readTail(ports, run)
  if (typeof found === 'string') return found
  const tail = found.flatMap(({ record }) => record ?? [])
  const more = async (wanted: readonly string[]): Promise<Shadows> => {
    const related = relatedIn(tail, wanted)
    const shadows = await loadShadows(ports.replays, run, related)
    for (const id of shadows.keys()) related.add(id)
    const records = tail.filter((record) => profilesNamed(record).some((id) => related.has(id)))
    const changed = foldOn(shadows, records, rules, new Set(), true)
    return new Map([...shadows, ...changed.map((shadow) => [shadow.profile.id, shadow] as const)])
  }
  return { people: await more(ids), standing, more }
}

/**
 * What the outbox holds beyond the files that were folded. Entries leave it
 * only once their file is in the log of batches: no new file, nothing missed.
 */
export async function readTail(
  { tails, filed }: Pick<ScenePorts, 'tails' | 'filed'>,
  { cursor }: { readonly cursor: Pick<ReplayRun['cursor'], 'shards'> },
): Promise<readonly LoggedRecord[] | NoScene> {
  const rows: (readonly [orderMs: number, row: LoggedRecord])[] = []
  for (const tail of tails) {
    const found = await tail.after(cursor.shards[tail.shard]?.afterSeq ?? 0)
    if (found === null) return 'crowded'
    rows.push(...found.map((row) => [orderMs(tail.shard, row), row] as const))
  }
  for (const { shard } of tails) {
    if ((await filed.after(shard, cursor.shards[shard]?.afterSeq ?? 0)) !== null) return 'filed'
  }
  // Of several shards: as the files of several are read.
  if (tails.length > 1) rows.sort(([a], [b]) => a - b)
  return rows.map(([, row]) => row)
}

/** Whoever is joined with them by records that are in no file yet. */
function relatedIn(tail: readonly EventRecord[], ids: readonly string[]): Set<string> {
  const related = new Set(ids)
  const groups = tail.map(profilesNamed).filter((named) => named.length > 1)
  for (let grew = true; grew;) {
    const before = related.size
    for (const named of groups) {
      if (named.some((id) => related.has(id))) for (const id of named) related.add(id)
    }
    grew = related.size > before
  }
  return related
}

/** People as a run has rebuilt them: loaded with whoever they were merged into, and folded on. */
import {
  rebuild,
  type Rebuilt,
  type RebuildFault,
  type RebuildRules,
} from '../core/replay/rebuild.ts'
import { survivorIn } from '../core/replay/repair.ts'
import type { EventRecord } from '../core/record.ts'
import type { ReplayRun, Replays, Shadow } from './replay-ports.ts'

export type Shadows = ReadonlyMap<string, Shadow>

/** Those of them who were met, and those whom a chain of merges leads to. */
export async function loadShadows(
  replays: Replays,
  run: ReplayRun,
  ids: Iterable<string>,
): Promise<Map<string, Shadow>> {
  const shadows = new Map<string, Shadow>()
  let wanted = [...new Set(ids)]
  while (wanted.length > 0) {
    const found = await replays.people(run, wanted)
    for (const shadow of found) shadows.set(shadow.profile.id, shadow)
    wanted = found.flatMap(({ mergedInto }) =>
      mergedInto === null || shadows.has(mergedInto) ? [] : [mergedInto],
    )
  }
  return shadows
}

/** A record cannot be folded; `message` says which, and why. */
export class UnknownRecordError extends Error {
  override readonly name = 'UnknownRecordError'
  constructor({ reason, type, messageId }: RebuildFault) {
    super(
      reason === 'unknown_record'
        ? `record ${messageId} is of the type "${type}", which this version cannot rebuild`
        : `record ${messageId} of the type "${type}" does not say what it should`,
    )
  }
}

/**
 * Those who changed by records.
 * @param chosen asks about whoever is touched by such a record
 * @param recent whether somebody new is first met after `fold`
 * @throws UnknownRecordError
 */
export function foldOn(
  shadows: Shadows,
  records: readonly EventRecord[],
  rules: RebuildRules,
  chosen: ReadonlySet<string>,
  recent: boolean,
): Shadow[] {
  const rebuilt = rebuild(shadows, records, rules)
  if (!rebuilt.ok) throw new UnknownRecordError(rebuilt.error)
  const all = new Map<string, Rebuilt>([...shadows, ...rebuilt.value])
  const asked = new Set<string>()
  for (const id of [...chosen, ...chosenIn(shadows)]) asked.add(id).add(survivorIn(all, id))
  return [...rebuilt.value].map(([id, person]) => ({
    ...person,
    chosen: asked.has(id),
    recent: shadows.get(id)?.recent ?? recent,
  }))
}

const chosenIn = (shadows: Shadows): string[] =>
  [...shadows].flatMap(([id, { chosen }]) => (chosen ? [id] : []))

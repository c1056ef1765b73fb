/** Puts people on a static list and takes them off, by records of the ordinary commit. */
import type { FinishAnswer, LineFault, ListMode, MembersAnswer } from '../contract/lists.ts'
import type { Identifier } from '../core/identity/identifier.ts'
import { identifierKey } from '../core/identity/identifier.ts'
import type { Delivery, LoadedProfile } from '../core/ingest/delivery.ts'
import { markDelivery, memberOf, type LineFields } from '../core/list/upload.ts'
import { isListed } from '../core/profile/lists.ts'
import type { Release } from '../core/release/release.ts'
import { fail, ok, type Result } from '../core/result.ts'
import { chunksOf } from './chunks.ts'
import {
  commitRider,
  type ArrivedWith,
  type ChunkPorts,
  type CollectError,
} from './commit-chunk.ts'
import type { ListUploads, StoredUpload } from './list-ports.ts'
import type { ProfileScan } from './ports.ts'

export interface UploadPorts extends ChunkPorts {
  readonly lists: ListUploads
  readonly profileScan: ProfileScan
}

export async function beginUpload(
  { lists, ids }: UploadPorts,
  list: string,
  mode: ListMode,
  nowMs: number,
): Promise<StoredUpload> {
  const upload = { id: ids.messageId(), list, mode, startedMs: nowMs, finishedMs: null }
  await lists.begin(upload)
  return upload
}

/** A line of a body, or what is wrong with it. */
export type Line =
  | { readonly line: number; readonly fields: LineFields }
  | (LineFault & { readonly fields?: never })

export interface Lines {
  readonly release: Release
  readonly upload: StoredUpload
  readonly lines: readonly Line[]
  readonly receivedAtMs: number
}

/** Sent again under the same upload, the same lines count once. Throws StoreError. */
export async function takeMembers(
  ports: UploadPorts,
  { release, upload, lines, receivedAtMs }: Lines,
): Promise<Result<MembersAnswer, CollectError>> {
  const errors: LineFault[] = []
  const members: Member[] = []
  for (const { line, ...rest } of lines) {
    const member =
      rest.fields === undefined
        ? fail((rest as LineFault).wrong)
        : memberOf(rest.fields, release.rules.identity)
    if (member.ok) members.push({ line, identifier: member.value })
    else errors.push({ line, wrong: member.error })
  }
  const isIn = upload.mode !== 'remove'
  const meant = isIn ? members : await known(ports, members)
  const marks = meant.map(({ line, identifier }) => ({
    line,
    mark: markDelivery(upload, identifier, isIn, receivedAtMs),
  }))
  const deliveries = marks.map(({ mark }) => mark)
  const committed = await commitAll(ports, release, deliveries, receivedAtMs)
  if (!committed.ok) return committed
  const late = marks.filter(({ mark }) => committed.value.has(mark.message.messageId))
  errors.push(...late.map(({ line }) => ({ line, wrong: LATE })))
  return ok({
    upload: upload.id,
    mode: upload.mode,
    lines: lines.length,
    accepted: meant.length - late.length,
    errors: errors.sort((a, b) => a.line - b.line),
  })
}

interface Member {
  readonly line: number
  readonly identifier: Identifier
}

const LATE = 'too much happened to this person within a minute: send the line again in a minute'

/** An upload of these lines alone: begun, taken and finished. Throws StoreError. */
export async function takeOnce(
  ports: UploadPorts,
  list: string,
  mode: 'add' | 'remove',
  lines: Omit<Lines, 'upload'>,
): Promise<Result<MembersAnswer, CollectError>> {
  const upload = await beginUpload(ports, list, mode, lines.receivedAtMs)
  const taken = await takeMembers(ports, { ...lines, upload })
  if (!taken.ok) return taken
  const counts = { lines: taken.value.lines, refused: taken.value.errors.length, removed: 0 }
  await ports.lists.advance(upload, { ...counts, finishedMs: lines.receivedAtMs })
  return taken
}

/** Nobody is made in order to be taken off. */
async function known(
  { store }: UploadPorts,
  members: readonly Member[],
): Promise<readonly Member[]> {
  const owned = new Set<string>()
  for (let i = 0; i < members.length; i += PEOPLE_A_LOAD) {
    const some = members.slice(i, i + PEOPLE_A_LOAD).map(({ identifier }) => identifier)
    for (const { profile } of await store.load(some)) {
      for (const identifier of profile.identifiers) owned.add(identifierKey(identifier))
    }
  }
  return members.filter(({ identifier }) => owned.has(identifierKey(identifier)))
}
const PEOPLE_A_LOAD = 50

/** What one mark weighs in a commit: its record, and the mark in the document. */
const MARK_BYTES = 1024

/** messageIds of marks that came too late to be told from repeats, and so marked nobody. */
type Late = ReadonlySet<string>

async function commitAll(
  ports: UploadPorts,
  release: Release,
  deliveries: readonly Delivery[],
  receivedAtMs: number,
): Promise<Result<Late, CollectError>> {
  const arrival = { release, receivedAtMs, bytes: deliveries.length * MARK_BYTES }
  const late = new Set<string>()
  for (const chunk of chunksOf(deliveries, () => MARK_BYTES)) {
    const committed = await commitMarks(ports, arrival, chunk)
    if (!committed.ok) return committed
    for (const id of committed.value) late.add(id)
  }
  return ok(late)
}

async function commitMarks(
  ports: UploadPorts,
  arrival: ArrivedWith,
  chunk: readonly Delivery[],
): Promise<Result<Late, CollectError>> {
  let late: Late = new Set()
  const committed = await commitRider(ports, arrival, {
    identifiers: chunk.flatMap(({ identifiers }) => identifiers.usable),
    deliveries: () => chunk,
    records(_added, { records }) {
      late = new Set(records.filter((one) => one.late).map(({ messageId }) => messageId))
      return []
    },
  })
  if (committed.ok) return ok(late)
  if (committed.error !== 'too_large') return fail(committed.error)
  const middle = Math.ceil(chunk.length / 2)
  const first = await commitMarks(ports, arrival, chunk.slice(0, middle))
  if (!first.ok) return first
  const second = await commitMarks(ports, arrival, chunk.slice(middle))
  return second.ok ? ok(new Set([...first.value, ...second.value])) : second
}

export interface Finish {
  readonly release: Release
  readonly upload: StoredUpload
  readonly cursor: string | null
  readonly lines: number
  readonly refused: number
  readonly receivedAtMs: number
}

const PAGE = 200

/**
 * The end of an upload. A replacement takes off, page by page, whoever was put
 * on the list before it began and was not in it. Throws StoreError.
 */
export async function finishUpload(
  ports: UploadPorts,
  { release, upload, cursor, lines, refused, receivedAtMs }: Finish,
): Promise<Result<FinishAnswer, CollectError>> {
  const { profiles, next } =
    upload.mode === 'replace'
      ? await ports.profileScan.scan(cursor, PAGE)
      : { profiles: [], next: null }
  const leaving = profiles.flatMap((person) => {
    const [identifier] = person.profile.identifiers
    return identifier !== undefined && isLeftOver(person, upload)
      ? [markDelivery(upload, identifier, false, receivedAtMs)]
      : []
  })
  const committed = await commitAll(ports, release, leaving, receivedAtMs)
  if (!committed.ok) return committed
  const finishedMs = next === null ? receivedAtMs : null
  const removed = leaving.length - committed.value.size
  await ports.lists.advance(upload, { lines, refused, removed, finishedMs })
  return ok({ scanned: profiles.length, removed, next })
}

function isLeftOver(
  { profile, mergedInto }: LoadedProfile,
  { list, startedMs }: StoredUpload,
): boolean {
  if (mergedInto !== null || !isListed(profile, list)) return false
  const [markedMs] = profile.lists?.[list] ?? [0]
  return markedMs < startedMs
}

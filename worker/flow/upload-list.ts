/** Puts people on a static list and takes them off, by records of the ordinary commit. */
import type { FinishAnswer, LineFault, ListMode, MembersAnswer } from '../contract/lists.ts'
import type { Identifier } from '../core/identity/identifier.ts'
import { identifierKey } from '../core/identity/identifier.ts'
import { leaveDelivery, markDelivery, memberOf, type LineFields } from '../core/list/upload.ts'
import { isListed } from '../core/profile/lists.ts'
import type { Profile } from '../core/profile/profile.ts'
import type { Release } from '../core/release/release.ts'
import { fail, ok, type Result } from '../core/result.ts'
import type { ChunkPorts, CollectError, People } from './commit-chunk.ts'
import { commitMarks } from './commit-marks.ts'
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
  const nobodys = new Set<string>()
  const markOf = (identifier: Identifier) => markDelivery(upload, identifier, isIn, receivedAtMs)
  const committed = await commitMarks(ports, {
    release,
    receivedAtMs,
    identifiers: members.map(({ identifier }) => identifier),
    marksOf(some, people) {
      if (isIn) return some.map(markOf)
      // Nobody is made in order to be taken off: whose an identifier is, is looked at with each commit.
      const owned = ownedIn(people)
      const isOwned = (identifier: Identifier) => owned.has(identifierKey(identifier))
      for (const identifier of some) {
        if (isOwned(identifier)) nobodys.delete(identifierKey(identifier))
        else nobodys.add(identifierKey(identifier))
      }
      return some.filter(isOwned).map(markOf)
    },
  })
  if (!committed.ok) return committed
  const meant = members.filter(({ identifier }) => !nobodys.has(identifierKey(identifier)))
  const tooLate = new Set(
    committed.value.filter((mark) => mark.late).map(({ messageId }) => messageId),
  )
  const late = meant.filter(({ identifier }) => tooLate.has(markOf(identifier).message.messageId))
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

const ownedIn = (people: People): ReadonlySet<string> =>
  new Set([...people.values()].flatMap(({ identifiers }) => identifiers.map(identifierKey)))

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
  const leftOver = profiles.filter(({ profile }) => isLeftOver(profile, upload))
  // By now they may be back on it, or somebody else: whom it takes off is looked at with each commit.
  const committed = await commitMarks(ports, {
    release,
    receivedAtMs,
    identifiers: leftOver.flatMap(({ profile }) => profile.identifiers.slice(0, 1)),
    marksOf: (_some, people) =>
      [...people.values()]
        .filter((profile) => isLeftOver(profile, upload))
        .flatMap(({ identifiers }) => identifiers.slice(0, 1))
        .map((identifier) => leaveDelivery(upload, identifier, receivedAtMs)),
  })
  if (!committed.ok) return committed
  const finishedMs = next === null ? receivedAtMs : null
  const removed = committed.value.filter((mark) => mark.late !== true).length
  await ports.lists.advance(upload, { lines, refused, removed, finishedMs })
  return ok({ scanned: profiles.length, removed, next })
}

function isLeftOver(profile: Profile, { list, startedMs }: StoredUpload): boolean {
  if (!isListed(profile, list)) return false
  const [markedMs] = profile.lists?.[list] ?? [0]
  return markedMs < startedMs
}

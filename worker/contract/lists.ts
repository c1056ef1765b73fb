/** `/admin/v1/lists`: static lists of people, uploaded line by line. */
import * as v from 'valibot'
import { strict } from './strict.ts'

/** As conditions name it: `{ "list": "vip" }`. */
export const listKey = v.pipe(
  v.string(),
  v.regex(/^[a-z0-9][a-z0-9_-]{0,31}$/, 'Expected a list of a-z, 0-9, "-" and "_", 32 at most'),
)

/** `replace` also takes off whoever is not in the upload, once all of it is there. */
export const listMode = v.picklist(['add', 'remove', 'replace'])
export type ListMode = v.InferOutput<typeof listMode>

/** Of one request. */
export const MAX_LINES = 500

export const beginBody = strict({ mode: v.optional(listMode, 'add') })

export interface UploadAnswer {
  readonly upload: string
  readonly list: string
  readonly mode: ListMode
  readonly startedAt: string
}

export interface LineFault {
  /** Of the body that was sent, from 1; a CSV's header is one. */
  readonly line: number
  readonly wrong: string
}

export interface MembersAnswer {
  readonly upload: string
  readonly mode: ListMode
  /** Lines that were read, without a header and empty ones. */
  readonly lines: number
  /** Of these, put on the list or taken off; `remove` passes over people who are not known. */
  readonly accepted: number
  /** The others, which hold up nobody. */
  readonly errors: readonly LineFault[]
}

export const finishBody = strict({
  /** Where an earlier step said to go on. */
  cursor: v.nullish(v.pipe(v.string(), v.minLength(1), v.maxLength(200))),
  /** Lines of the whole upload and how many were refused, to be kept with it. */
  lines: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)), 0),
  refused: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)), 0),
  /** As the upload was begun: nothing is done where it was begun otherwise. */
  mode: v.optional(listMode),
})

export interface FinishAnswer {
  readonly scanned: number
  /** Taken off in this step. */
  readonly removed: number
  /** null once the upload is finished. */
  readonly next: string | null
}

/** Lists of one answer, unless fewer are asked for. */
export const MAX_LISTS = 200

export interface ListsAnswer {
  /** By name. */
  readonly lists: readonly ListSummary[]
  /** What to ask for as `after` next; null after the last list. */
  readonly next: string | null
}

export interface ListSummary {
  readonly list: string
  readonly uploads: number
  /** The newest. */
  readonly last: UploadAnswer & {
    /** null while lines may still come. */
    readonly finishedAt: string | null
    readonly lines: number
    readonly refused: number
    readonly removed: number
  }
}

/** What operators are told of static lists. */
import * as v from 'valibot'
import {
  listMode,
  type FinishAnswer,
  type LineFault,
  type ListsAnswer,
  type ListSummary,
  type MembersAnswer,
  type UploadAnswer,
} from '../../../worker/contract/lists.ts'
import { says } from '../same.ts'

const count = v.pipe(v.number(), v.integer(), v.minValue(0))
const instant = v.pipe(v.string(), v.isoTimestamp())
const upload = { upload: v.string(), list: v.string(), mode: listMode, startedAt: instant }

export const begun = says<UploadAnswer>()(v.object(upload))

const fault = says<LineFault>()(
  v.object({
    line: v.pipe(count, v.description('Of the body that was sent, from 1; a header is one.')),
    wrong: v.string(),
  }),
)

export const members = says<MembersAnswer>()(
  v.object({
    upload: v.string(),
    mode: listMode,
    lines: v.pipe(count, v.description('Lines that were read, without a header and empty ones.')),
    accepted: v.pipe(
      count,
      v.description('Put on the list or taken off; `remove` passes over people who are not known.'),
    ),
    errors: v.array(fault),
  }),
)

export const finished = says<FinishAnswer>()(
  v.object({
    scanned: count,
    removed: v.pipe(count, v.description('Taken off in this step.')),
    next: v.pipe(v.nullable(v.string()), v.description('null once the upload is finished.')),
  }),
)

const summary = says<ListSummary>()(
  v.object({
    list: v.string(),
    uploads: count,
    last: v.object({
      ...upload,
      finishedAt: v.pipe(v.nullable(instant), v.description('null while lines may still come.')),
      lines: count,
      refused: count,
      removed: count,
    }),
  }),
)
export const lists = says<ListsAnswer>()(
  v.object({
    lists: v.array(summary),
    next: v.pipe(
      v.nullable(v.string()),
      v.description('The `after` of the next call; null after the last list.'),
    ),
  }),
)

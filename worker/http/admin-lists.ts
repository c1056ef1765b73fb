/** `/admin/v1/lists`: static lists, uploaded line by line. */
import type { Context } from 'hono'
import * as v from 'valibot'
import {
  beginBody,
  finishBody,
  listKey,
  MAX_LISTS,
  type ListsAnswer,
  type ListSummary,
  type UploadAnswer,
} from '../contract/lists.ts'
import type { StoredUpload } from '../flow/list-ports.ts'
import { beginUpload, finishUpload, takeMembers, takeOnce } from '../flow/upload-list.ts'
import { checkedBody } from './body.ts'
import type { App } from './context.ts'
import { linesOf } from './list-lines.ts'
import { HttpProblem } from './problem.ts'
import { activeRelease } from './release.ts'
import { routes } from './routes.ts'
import { scanCursor } from './scan-cursor.ts'

const PATH = '/admin/v1/lists'

export const adminListRoutes = routes()

const iso = (ms: number): string => new Date(ms).toISOString()

const answerOf = ({ id, list, mode, startedMs }: StoredUpload): UploadAnswer => ({
  upload: id,
  list,
  mode,
  startedAt: iso(startedMs),
})

function listOf(c: Context<App>): string {
  const parsed = v.safeParse(listKey, c.req.param('list'))
  if (parsed.success) return parsed.output
  throw new HttpProblem('invalid_body', { detail: parsed.issues[0].message, field: 'list' })
}

/** @param mode as the caller believes that it was begun; nothing is written where it was not */
async function uploadOf(
  c: Context<App>,
  id: string,
  mode: string | undefined,
): Promise<StoredUpload> {
  const upload = await c.get('deps').lists.read(listOf(c), id)
  if (upload === null) throw new HttpProblem('not_found', { detail: 'no such upload of this list' })
  if (mode !== undefined && mode !== upload.mode) {
    const detail = `that upload was begun with mode ${upload.mode}`
    throw new HttpProblem('invalid_body', { detail, field: 'mode' })
  }
  return upload
}

async function openUploadOf(c: Context<App>, id: string): Promise<StoredUpload> {
  const upload = await uploadOf(c, id, c.req.query('mode'))
  if (upload.finishedMs === null) return upload
  throw new HttpProblem('invalid_body', { detail: 'that upload is finished', field: 'upload' })
}

adminListRoutes.get(PATH, async (c) => {
  const limit = Number(c.req.query('limit') ?? MAX_LISTS)
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LISTS) {
    const detail = `expected a whole number from 1 to ${MAX_LISTS}`
    throw new HttpProblem('invalid_body', { detail, field: 'limit' })
  }
  const summaries = await c.get('deps').lists.newest(afterOf(c), limit)
  const lists = summaries.map((upload): ListSummary => {
    const { list, uploads, lines, refused, removed, finishedMs } = upload
    const finishedAt = finishedMs === null ? null : iso(finishedMs)
    return { list, uploads, last: { ...answerOf(upload), finishedAt, lines, refused, removed } }
  })
  const next = lists.length < limit ? null : (lists.at(-1)?.list ?? null)
  return c.json({ lists, next } satisfies ListsAnswer)
})

function afterOf(c: Context<App>): string | null {
  const after = c.req.query('after')
  if (after === undefined || v.is(listKey, after)) return after ?? null
  const detail = 'expected what an earlier answer told as "next", or nothing to begin'
  throw new HttpProblem('invalid_body', { detail, field: 'after' })
}

adminListRoutes.post(`${PATH}/:list/uploads`, async (c) => {
  const deps = c.get('deps')
  const list = listOf(c)
  const { mode } = await checkedBody(c, beginBody)
  return c.json(answerOf(await beginUpload(deps, list, mode, deps.nowMs())), 201)
})

adminListRoutes.post(`${PATH}/:list/members`, async (c) => {
  const deps = c.get('deps')
  const list = listOf(c)
  const release = await activeRelease(c)
  const lines = await linesOf(c)
  const id = c.req.query('upload')
  const receivedAtMs = deps.nowMs()
  const arrived = { release, lines, receivedAtMs }
  const taken =
    id === undefined
      ? await takeOnce(deps, list, modeOf(c), arrived)
      : await takeMembers(deps, { ...arrived, upload: await openUploadOf(c, id) })
  if (!taken.ok) throw new HttpProblem(taken.error)
  return c.json(taken.value)
})

function modeOf(c: Context<App>): 'add' | 'remove' {
  const mode = c.req.query('mode') ?? 'add'
  if (mode === 'add' || mode === 'remove') return mode
  const detail =
    mode === 'replace'
      ? 'a replacement is begun and finished: POST …/uploads {"mode":"replace"} first'
      : 'expected add or remove'
  throw new HttpProblem('invalid_body', { detail, field: 'mode' })
}

adminListRoutes.post(`${PATH}/:list/uploads/:upload/finish`, async (c) => {
  const deps = c.get('deps')
  const { lines, refused, mode, ...from } = await checkedBody(c, finishBody)
  const cursor = scanCursor(c, from.cursor)
  const release = await activeRelease(c)
  const upload = await uploadOf(c, c.req.param('upload'), mode)
  // The answer of the last step was lost, and it is asked for again.
  if (upload.finishedMs !== null) return c.json({ scanned: 0, removed: 0, next: null })
  const receivedAtMs = deps.nowMs()
  const step = { release, upload, cursor, lines, refused, receivedAtMs }
  const finished = await finishUpload(deps, step)
  if (!finished.ok) throw new HttpProblem(finished.error)
  return c.json(finished.value)
})

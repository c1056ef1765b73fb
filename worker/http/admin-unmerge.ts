/** `POST /admin/v1/profiles/unmerge`: a merge is undone, in as many calls as there is log to read. */
import type { Context } from 'hono'
import * as v from 'valibot'
import { unmergeBody, type UnmergeAnswer, type UnmergeBody } from '../contract/unmerge.ts'
import type { Profile } from '../core/profile/profile.ts'
import { unmerge, type UnmergeStep, type Wanted } from '../flow/unmerge.ts'
import type { Reading } from '../flow/undo-history.ts'
import { guardBody, readJson } from './body.ts'
import type { App } from './context.ts'
import { HttpProblem } from './problem.ts'
import { routes } from './routes.ts'

/** What was read so far comes along, sealed. */
const BODY_BYTES = 16_000_000

/** Behind the admin token: http/admin.ts mounts it. */
export const adminUnmergeRoutes = routes()

adminUnmergeRoutes.post('/admin/v1/profiles/unmerge', async (c) => {
  const body = await readBody(c)
  const wanted = wantedOf(body)
  const { replay, undoSeal } = c.get('deps')
  const before = body.next == null ? null : readingOf(undoSeal.open(body.next), wanted)
  const result = await unmerge(replay(), wanted, before)
  if (!result.ok) throw new HttpProblem(result.error.code, result.error)
  return c.json(answerOf(result.value, (reading) => undoSeal.seal(JSON.stringify(reading))))
})

async function readBody(c: Context<App>): Promise<UnmergeBody> {
  const { value } = await readJson(c, BODY_BYTES)
  guardBody(value, { depth: 2, keys: 10 })
  const parsed = v.safeParse(unmergeBody, value, { abortEarly: true })
  if (parsed.success) return parsed.output
  const [issue] = parsed.issues
  throw new HttpProblem('invalid_body', {
    detail: issue.message,
    field: v.getDotPath(issue) ?? undefined,
  })
}

/** A `$merge`'s messageId is `$merge:<absorbed>:<survivor>:<cause>`; no profileId has a colon. */
function wantedOf({ merge, absorbed, survivor }: UnmergeBody): Wanted {
  const [, named, into] = merge?.split(':') ?? []
  const id = absorbed ?? named
  if (id === undefined || id === '') {
    throw new HttpProblem('invalid_body', { detail: 'no messageId of a $merge', field: 'merge' })
  }
  return { absorbed: id, survivor: survivor ?? into ?? null, merge: merge ?? null }
}

/** What we sealed ourselves, and for the same person. */
function readingOf(text: string | null, { absorbed }: Wanted): Reading {
  const reading = text === null ? null : (JSON.parse(text) as Reading)
  if (reading?.absorbed !== absorbed) {
    throw new HttpProblem('invalid_body', {
      detail: 'not what an answer gave for this merge: begin again without it',
      field: 'next',
    })
  }
  return reading
}

function answerOf(step: UnmergeStep, seal: (reading: Reading) => string): UnmergeAnswer {
  if (!step.done) return { done: false, files: step.reading.files, next: seal(step.reading) }
  const { stays, leaves, record } = step.result
  return {
    done: true,
    files: step.files,
    unmerge: record.messageId,
    stays: personOf(stays),
    leaves: personOf(leaves),
    records: step.records,
    moved: step.moved,
  }
}

const personOf = ({ id, identifiers }: Profile) => ({
  profileId: id,
  identifiers: identifiers.map(({ type, value }) => ({ type, value })),
})

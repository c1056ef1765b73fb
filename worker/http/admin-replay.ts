/** `/admin/v1/replay`: people rebuilt from the files, driven a step at a time by whoever calls. */
import type { Context } from 'hono'
import * as v from 'valibot'
import { replayWish, type ReplayAnswer } from '../contract/replay.ts'
import {
  abandonReplay,
  beginReplay,
  currentReplay,
  stepReplay,
  type ReplayError,
} from '../flow/replay.ts'
import type { ReplayRun, ReplayWish } from '../flow/replay-ports.ts'
import { asObject, guardBody, readJson } from './body.ts'
import type { App } from './context.ts'
import { HttpProblem } from './problem.ts'
import { routes } from './routes.ts'

const WISH_BYTES = 1_000

/** Behind the admin token: http/admin.ts mounts them. */
export const adminReplayRoutes = routes()

adminReplayRoutes.get('/admin/v1/replay', async (c) => {
  const run = await currentReplay(c.get('deps').replay())
  if (run === null) throw new HttpProblem('not_found', { detail: 'there was no replay yet' })
  return c.json(answerOf(run))
})

adminReplayRoutes.post('/admin/v1/replay', async (c) => {
  const wish = await readWish(c)
  const begun = await beginReplay(c.get('deps').replay(), wish)
  if (!begun.ok) throw problemOf(begun.error)
  const { run, resumed } = begun.value
  return c.json(answerOf(run), resumed ? 200 : 201)
})

adminReplayRoutes.post('/admin/v1/replay/step', async (c) => {
  const stepped = await stepReplay(c.get('deps').replay())
  if (!stepped.ok) throw problemOf(stepped.error)
  return c.json(answerOf(stepped.value.run, stepped.value.waitsFor))
})

adminReplayRoutes.delete('/admin/v1/replay', async (c) => {
  const ended = await abandonReplay(c.get('deps').replay())
  if (!ended.ok) throw problemOf(ended.error)
  return c.json(answerOf(ended.value))
})

const problemOf = ({ code, detail }: ReplayError): HttpProblem => new HttpProblem(code, { detail })

async function readWish(c: Context<App>): Promise<ReplayWish> {
  const { value } = await readJson(c, WISH_BYTES, '{}')
  guardBody(value, { depth: 2, keys: 10 })
  const parsed = v.safeParse(replayWish, asObject(value), { abortEarly: true })
  if (!parsed.success) {
    const [issue] = parsed.issues
    throw new HttpProblem('invalid_body', {
      detail: issue.message,
      field: v.getDotPath(issue) ?? undefined,
    })
  }
  const { apply, from, to } = parsed.output
  return { apply, fromMs: momentOf(from), toMs: momentOf(to) }
}

const momentOf = (text: string | null | undefined): number | null =>
  text == null ? null : Date.parse(text)

function answerOf(run: ReplayRun, waitsFor: ReplayAnswer['waitsFor'] = null): ReplayAnswer {
  const { number, state, phase, apply, release, counts } = run
  const at = (ms: number): string => new Date(ms).toISOString()
  return {
    number,
    state,
    phase,
    apply,
    from: run.fromMs === null ? null : at(run.fromMs),
    to: run.toMs === null ? null : at(run.toMs),
    release,
    startedAt: at(run.startedMs),
    updatedAt: at(run.updatedMs),
    files: { done: counts.filesDone, total: counts.filesTotal },
    rows: { done: counts.rowsDone, total: counts.rowsTotal },
    people: { done: counts.peopleDone, total: counts.peopleTotal },
    unreadable: counts.unreadable,
    different: {
      people: counts.different,
      sections: counts.sections,
      first: counts.firstDifferent,
    },
    written: counts.written,
    unlogged: { people: counts.unlogged, first: counts.firstUnlogged },
    waitsFor,
  }
}

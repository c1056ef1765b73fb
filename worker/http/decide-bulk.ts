/** `POST /v1/decide/bulk`: lines in, lines out while they are decided. */
import type { Context } from 'hono'
import * as v from 'valibot'
import {
  bulkQuestion,
  MAX_BULK_PEOPLE,
  type BulkDecision,
  type BulkFault,
  type BulkLine,
  type BulkQuestion,
} from '../contract/bulk.ts'
import { guardJson, parseJson } from '../contract/json.ts'
import type { JsonObject } from '../contract/message.ts'
import {
  askedMs,
  decideMany,
  peopleAtOnce,
  type BulkPerson,
  type BulkRun,
} from '../flow/decide-bulk.ts'
import { bulkMember, placementsOf } from '../flow/asked-placements.ts'
import type { Release } from '../core/release/release.ts'
import { asObject, guardBody, readText } from './body.ts'
import type { App } from './context.ts'
import { requireSecret } from './keys.ts'
import { HttpProblem } from './problem.ts'
import { activeRelease } from './release.ts'
import { routes } from './routes.ts'

const BODY_BYTES = 5_000_000
const LINE_LIMITS = { depth: 10, keys: 1_000 }

export const decideBulkRoutes = routes()

decideBulkRoutes.post('/v1/decide/bulk', async (c) => {
  const deps = c.get('deps')
  const release = await activeRelease(c)
  const source = await requireSecret(c, release)
  const { text } = await readText(c, BODY_BYTES)
  const lines = text.split('\n')
  const question = questionIn(lines[0] ?? '')
  const placements = placementsOf(release, question)
  if (!placements.ok) throw new HttpProblem(placements.error.code, placements.error)
  const receivedAtMs = deps.nowMs()
  const nowMs = askedMs(question, receivedAtMs)
  if (nowMs === null) {
    throw new HttpProblem('invalid_body', {
      detail: 'expected a moment such as 2026-04-01T00:00:00+09:00',
      field: 'at',
    })
  }
  const run: BulkRun = {
    release,
    source,
    question,
    placements: placements.value,
    nowMs,
    receivedAtMs,
    requestId: c.get('requestId'),
  }
  return new Response(streamed(answersOf(deps, run, lines)), {
    headers: {
      'content-type': 'application/x-ndjson',
      'cache-control': 'private, no-store',
      'x-request-id': c.get('requestId'),
    },
  })
})

function questionIn(line: string): BulkQuestion {
  let value: unknown
  try {
    value = parseJson(line.replace(/^\uFEFF/, ''))
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw new HttpProblem('invalid_json', { detail: 'the first line, the question, is not JSON' })
  }
  guardBody(value, LINE_LIMITS)
  const parsed = v.safeParse(bulkQuestion, asObject(value), { abortEarly: true })
  if (parsed.success) return parsed.output
  const [issue] = parsed.issues
  const field = v.getDotPath(issue) ?? undefined
  throw new HttpProblem('invalid_body', { detail: `the first line: ${issue.message}`, field })
}

/** A person, or what is wrong with the line. */
type Item = BulkPerson | BulkFault

/** In the order of the lines, a load at a time: whoever reads slowly is not decided ahead of. */
async function* answersOf(
  deps: Context<App>['var']['deps'],
  asked: BulkRun,
  lines: string[],
): AsyncGenerator<readonly BulkLine[]> {
  let run = asked
  const sum = { people: 0, unknown: 0, failed: 0 }
  let items: Item[] = []
  const decided = async (): Promise<readonly BulkLine[]> => {
    const people = items.flatMap((item) => ('error' in item ? [] : [item]))
    const told = await decideMany(deps, run, people)
    const byLine = new Map(told.map((one) => [one.line, one]))
    const answers = items.map((item) =>
      'error' in item ? item : (byLine.get(item.line) as BulkDecision | BulkFault),
    )
    items = []
    for (const answer of answers) {
      if ('error' in answer) sum.failed++
      else if (answer.profileId === null) sum.unknown++
    }
    return answers
  }
  for (let i = 1; i < lines.length; i++) {
    const text = lines[i] as string
    // Read once, and not held after that.
    lines[i] = ''
    if (text.trim() === '') continue
    if (items.length === 0) {
      const current = await currentRun(deps, run)
      if (current === null) {
        const detail = 'a release that has no such placement was published meanwhile: ask anew'
        yield [{ line: i + 1, error: { code: 'unknown_placement', detail } }]
        return
      }
      run = current
    }
    if (sum.people === MAX_BULK_PEOPLE) {
      const detail = `at most ${MAX_BULK_PEOPLE} people: ask about those from this line on in another request`
      items.push({ line: i + 1, error: { code: 'too_many_lines', detail } })
      break
    }
    sum.people++
    items.push(itemOf(run.release, text, i + 1))
    if (items.length === peopleAtOnce(run)) yield await decided()
  }
  if (items.length > 0) yield await decided()
  yield [{ end: sum }]
}

/** A stop, or a newer release, holds for whoever has not been answered; null where it lacks a placement. */
async function currentRun(
  { releases }: Context<App>['var']['deps'],
  run: BulkRun,
): Promise<BulkRun | null> {
  const release = await releases.current()
  if (release === null || release.epoch <= run.release.epoch) return run
  const placements = placementsOf(release, run.question)
  return placements.ok ? { ...run, release, placements: placements.value } : null
}

function itemOf(release: Release, text: string, line: number): Item {
  const wrong = (detail: string): BulkFault => ({ line, error: { code: 'invalid_line', detail } })
  let value: unknown
  try {
    value = parseJson(text)
  } catch (error) {
    if (error instanceof SyntaxError) return wrong('not JSON')
    throw error
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return wrong('no object')
  }
  const fault = guardJson(value, LINE_LIMITS)
  if (fault !== null) return wrong(`${fault.code} at ${fault.path || 'the line'}`)
  const { context, ref, ...fields } = value as Record<string, unknown>
  if (ref !== undefined && (typeof ref !== 'string' || ref.length > 200)) {
    return wrong('"ref" is a text of 200 characters at most')
  }
  if (context !== undefined && (typeof context !== 'object' || Array.isArray(context))) {
    return wrong('"context" is an object')
  }
  const member = bulkMember(release, fields)
  const told = { line, ...(ref === undefined ? {} : { ref }) }
  if (!member.ok) return { ...told, error: { code: 'invalid_line', detail: member.error } }
  return { ...told, identifier: member.value, context: (context ?? {}) as JsonObject }
}

const encoder = new TextEncoder()

/** What is asked for is made, and no more. */
function streamed(answers: AsyncGenerator<readonly BulkLine[]>): ReadableStream<Uint8Array> {
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await answers.next()
      if (done === true) return controller.close()
      const text = value.map((line) => `${JSON.stringify(line)}\n`).join('')
      controller.enqueue(encoder.encode(text))
    },
    async cancel() {
      await answers.return(undefined)
    },
  })
}

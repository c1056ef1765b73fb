/** Decisions about lists of people, by a source's secret key. */
import type { BulkLine, BulkQuestion } from '../worker/contract/bulk.ts'
import type { Problem } from '../worker/contract/problem.ts'
import { AdminError, answeredByAnother, UnreachableError } from './admin-api.ts'
import { UsageError } from './connection.ts'

export interface BulkConnection {
  readonly url: string
  readonly secretKey: string
}

/** Of a request; its answer comes in pieces. */
const PATIENCE_MS = 120_000

/**
 * Yields each line of the answer as it arrives.
 * @param people lines of NDJSON
 * @throws UnreachableError also where the answer breaks off
 */
export async function* decideBulk(
  { url, secretKey }: BulkConnection,
  question: BulkQuestion,
  people: readonly string[],
): AsyncGenerator<BulkLine> {
  const response = await fetch(`${url}/v1/decide/bulk`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secretKey}`, 'content-type': 'application/x-ndjson' },
    body: [JSON.stringify(question), ...people].join('\n'),
    signal: AbortSignal.timeout(PATIENCE_MS),
  }).catch((error: Error) => {
    throw brokenOff(url, error)
  })
  const isOurs = response.headers.get('content-type')?.startsWith('application/x-ndjson') ?? false
  if (!response.ok || !isOurs) throw await refusal(response, url)
  let held = ''
  let ended = false
  try {
    const decoder = new TextDecoder()
    for await (const piece of response.body ?? []) {
      const lines = (held + decoder.decode(piece, { stream: true })).split('\n')
      held = lines.pop() ?? ''
      for (const text of lines) {
        const line = JSON.parse(text) as BulkLine
        ended ||= 'end' in line
        yield line
      }
    }
  } catch (error) {
    throw brokenOff(url, error as Error)
  }
  if (!ended) throw new UnreachableError(`The answer of ${url} broke off.`)
}

function brokenOff(url: string, error: Error): UnreachableError {
  const cause = error.cause instanceof Error ? error.cause : error
  const why = (cause as NodeJS.ErrnoException).code ?? cause.message
  return new UnreachableError(`No answer from ${url} (${why}).`, { cause: error })
}

async function refusal(response: Response, url: string): Promise<Error> {
  const text = await response.text()
  try {
    const problem = JSON.parse(text) as Problem
    if (response.status === 401 || response.status === 403) {
      return new UsageError(
        `${problem.detail ?? problem.title}. Check --key or TSUGI_SECRET_KEY: it is a source’s secret key, not the admin token.`,
      )
    }
    if (typeof problem.code === 'string') return new AdminError(problem)
  } catch (error) {
    if (!(error instanceof SyntaxError)) return error as Error
  }
  return answeredByAnother(url, response, text)
}

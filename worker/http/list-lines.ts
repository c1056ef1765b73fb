/** A body of lines, as CSV with a header or as NDJSON, into what each of them holds. */
import type { Context } from 'hono'
import { guardJson, parseJson } from '../contract/json.ts'
import { MAX_LINES } from '../contract/lists.ts'
import type { Line } from '../flow/upload-list.ts'
import { readText } from './body.ts'
import type { App } from './context.ts'
import { HttpProblem } from './problem.ts'

export async function linesOf(c: Context<App>): Promise<readonly Line[]> {
  const type = (c.req.header('content-type') ?? '').split(';')[0]?.trim().toLowerCase()
  const { text } = await readText(c)
  // Counted before they are parsed: a record has one line end at least.
  if (ends(text) > MOST_ENDS) throw tooMany()
  if (type === 'text/csv') return limited(await csvLines(text))
  if (type === 'application/x-ndjson') return limited(jsonLines(text))
  throw new HttpProblem('invalid_body', {
    detail: 'lines as text/csv with a header, or as application/x-ndjson',
    field: 'Content-Type',
  })
}

function limited(lines: readonly Line[]): readonly Line[] {
  if (lines.length > MAX_LINES) throw tooMany()
  return lines
}

const tooMany = (): HttpProblem =>
  new HttpProblem('body_too_large', { detail: `at most ${MAX_LINES} lines` })

/** Empty lines and line ends within quotes have room, too. */
const MOST_ENDS = 4 * MAX_LINES

function ends(text: string): number {
  let count = 0
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count++
  return count
}

const LIMITS = { depth: 2, keys: 100 }

function jsonLines(text: string): Line[] {
  return text.split('\n').flatMap((line, i): Line[] => {
    if (line.trim() === '') return []
    try {
      const fields = parseJson(line)
      const isObject = typeof fields === 'object' && fields !== null && !Array.isArray(fields)
      if (!isObject || guardJson(fields, LIMITS) !== null) {
        return [{ line: i + 1, wrong: 'no plain object' }]
      }
      return [{ line: i + 1, fields: fields as Readonly<Record<string, unknown>> }]
    } catch (error) {
      if (error instanceof SyntaxError) return [{ line: i + 1, wrong: 'not JSON' }]
      throw error
    }
  })
}

/** Only uploads read CSV, so only they pay for loading its parser. */
async function csvLines(text: string): Promise<Line[]> {
  const { parse } = await import('csv-parse/sync')
  const faults: Line[] = []
  try {
    const rows = parse(text, {
      columns: true,
      bom: true,
      trim: true,
      skip_empty_lines: true,
      relax_column_count: true,
      info: true,
      // One bad line holds up none of the others.
      skip_records_with_error: true,
      on_skip: (error) => {
        faults.push({ line: Number(error?.['lines'] ?? 0), wrong: error?.message ?? 'not CSV' })
        return undefined
      },
    }) as unknown as { info: { lines: number }; record: Record<string, string> }[]
    const lines = rows.map(({ info, record }): Line => ({ line: info.lines, fields: record }))
    return [...lines, ...faults].sort((a, b) => a.line - b.line)
  } catch (error) {
    // A header that is none.
    throw new HttpProblem('invalid_body', { detail: (error as Error).message })
  }
}

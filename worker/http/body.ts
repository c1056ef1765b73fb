/** Reads a JSON body: limits are counted on the bytes that arrive, not on what a header claims. */
import type { Context } from 'hono'
import * as v from 'valibot'
import { faultOf } from '../contract/fault.ts'
import { guardJson, parseJson } from '../contract/json.ts'
import type { Fault, ProblemCode } from '../contract/problem.ts'
import type { App } from './context.ts'
import { HttpProblem } from './problem.ts'

export const BODY_BYTES = 512_000

export interface Body {
  readonly value: unknown
  readonly bytes: number
}

/** application/json and text/plain alike: the latter needs no preflight. */
export async function readJson(
  c: Context<App>,
  maxBytes = BODY_BYTES,
  /** What no body at all stands for. */
  whenEmpty = '',
): Promise<Body> {
  const { text, bytes } = await readText(c, maxBytes, 'invalid_json')
  try {
    return { value: parseJson(text === '' ? whenEmpty : text), bytes }
  } catch (error) {
    if (error instanceof SyntaxError)
      throw new HttpProblem('invalid_json', { detail: error.message })
    throw error
  }
}

/** @param code of the problem when it is not UTF-8 */
export async function readText(
  c: Context<App>,
  maxBytes = BODY_BYTES,
  code: ProblemCode = 'invalid_body',
): Promise<{ readonly text: string; readonly bytes: number }> {
  const claimed = Number(c.req.header('content-length') ?? 0)
  if (claimed > maxBytes) throw new HttpProblem('body_too_large', tooLarge(maxBytes))
  const bytes = isFramed(c)
    ? await readWhole(c, maxBytes)
    : await readBytes(c.req.raw.body, maxBytes)
  try {
    return { text: decoder.decode(bytes), bytes: bytes.length }
  } catch (error) {
    if (error instanceof TypeError) throw new HttpProblem(code, { detail: 'not UTF-8' })
    throw error
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false })

/** HTTP itself ends such a body at its Content-Length, which is within the limit. */
const isFramed = (c: Context<App>): boolean =>
  c.req.header('content-length') !== undefined && c.req.header('transfer-encoding') === undefined

async function readWhole(c: Context<App>, maxBytes: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(await c.req.raw.arrayBuffer())
  if (bytes.length > maxBytes) throw new HttpProblem('body_too_large', tooLarge(maxBytes))
  return bytes
}

const tooLarge = (maxBytes: number) => ({ detail: `at most ${maxBytes} bytes` })

async function readBytes(body: ReadableStream | null, maxBytes: number): Promise<Uint8Array> {
  if (body === null) return new Uint8Array()
  const chunks: Uint8Array[] = []
  let length = 0
  const reader = body.getReader() as ReadableStreamDefaultReader<Uint8Array>
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    length += value.length
    if (length > maxBytes) {
      await reader.cancel()
      throw new HttpProblem('body_too_large', tooLarge(maxBytes))
    }
    chunks.push(value)
  }
  if (chunks.length === 1) return chunks[0] as Uint8Array
  const bytes = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.length
  }
  return bytes
}

/** Refuses what is nested too deep, has too many keys, or has a key that none may have. */
export function guardBody(value: unknown, limits: { depth: number; keys: number }): void {
  const fault = guardJson(value, limits)
  if (fault !== null) throw new HttpProblem(fault.code, { field: fault.path.slice(1) })
}

export function asObject(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new HttpProblem('invalid_body', { detail: 'an object is expected' })
  }
  return value as Record<string, unknown>
}

/** As much as an operator's question may hold. */
const CHECKED_LIMITS = { depth: 40, keys: 20_000 }

/** A body under a schema of the contract; no body at all is an empty object. */
export async function checkedBody<Schema extends v.GenericSchema>(
  c: Context<App>,
  schema: Schema,
): Promise<v.InferOutput<Schema>> {
  const { value } = await readJson(c, undefined, '{}')
  guardBody(value, CHECKED_LIMITS)
  const body = asObject(value)
  const parsed = v.safeParse(schema, body)
  if (parsed.success) return parsed.output
  const errors = parsed.issues.slice(0, 20).map(faultOf)
  const { path, wrong, allowed } = errors[0] as Fault
  throw new HttpProblem(
    'when' in body && /^when\b/.test(path) ? 'invalid_condition' : 'invalid_body',
    {
      detail: allowed === undefined ? wrong : `${wrong}. ${allowed}`,
      ...(path === '' ? {} : { field: path }),
      errors,
    },
  )
}

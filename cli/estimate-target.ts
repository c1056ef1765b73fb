/** The policy that is asked about, as somebody names it. */
import { text } from 'node:stream/consumers'
import * as v from 'valibot'
import { UsageError } from './connection.ts'
import { parsedJson, readTextFile } from './text-file.ts'
import type { TargetPolicy } from '../worker/core/learning/off-policy.ts'

export interface Target {
  readonly name: string
  readonly policy: TargetPolicy
}

const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1))
const shares = v.record(v.string(), share)
const file = v.union([shares, v.record(v.string(), shares)])
type Shares = v.InferOutput<typeof shares>

/** Everybody gets this one. */
export const always = (action: string): Target => ({
  name: `always ${action}`,
  policy: () => ({ [action]: 1 }),
})

/** Each action alike. */
export const even = (actions: readonly string[]): Target => {
  const alike = Object.fromEntries(actions.map((action) => [action, 1 / actions.length]))
  return { name: 'even', policy: () => alike }
}

/**
 * From a file: shares by action, or by context and action, where "" is the rest.
 * Throws UsageError, which names the place.
 */
export async function sharesFrom(path: string): Promise<Target> {
  const told = await readText(path)
  const parsed = v.safeParse(file, parsedJson(told, path))
  if (!parsed.success) {
    throw new UsageError(
      `${path}: expected shares from 0 to 1 by action, {"knit": 0.9, "linen": 0.1}, or by context and action, {"mobile": {…}, "": {…}}.`,
    )
  }
  const byContext = isFlat(parsed.output) ? { '': parsed.output } : parsed.output
  for (const [context, own] of Object.entries(byContext)) checkSum(path, context, own)
  return {
    name: path,
    policy: (context) => {
      const own = Object.hasOwn(byContext, context) ? byContext[context] : byContext['']
      if (own === undefined) {
        throw new UsageError(
          `${path} says nothing of the context "${context}", and has no "" for the rest.`,
        )
      }
      return own
    },
  }
}

const readText = (path: string): Promise<string> =>
  path === '-' ? text(process.stdin) : readTextFile(path)

const isFlat = (told: v.InferOutput<typeof file>): told is Shares =>
  Object.values(told).every((value) => typeof value === 'number')

function checkSum(path: string, context: string, own: Shares): void {
  const sum = Object.values(own).reduce((a, b) => a + b, 0)
  if (Math.abs(sum - 1) > 1e-6) {
    const where = context === '' ? '' : ` in the context "${context}"`
    throw new UsageError(`${path}: shares${where} add up to ${sum}, not to 1.`)
  }
}

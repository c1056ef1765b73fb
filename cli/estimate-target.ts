/** The policy that is asked about, as somebody names it. */
import { text } from 'node:stream/consumers'
import * as v from 'valibot'
import { UsageError } from './connection.ts'
import { parsedJson, readTextFile } from './text-file.ts'
import type { TargetPolicy } from '../worker/core/learning/off-policy.ts'

export interface Target {
  readonly name: string
  /** @param offered all that the log says somebody could have had */
  readonly policyOf: (offered: ReadonlySet<string>) => TargetPolicy
}
export type Offered = Parameters<Target['policyOf']>[0]

/**
 * Which of these somebody could have had. What the log never offered to anybody
 * counts as had by all, so that it shows that the log tells nothing of it.
 */
export const canHave = (
  actions: readonly string[],
  candidates: readonly string[] | undefined,
  offered: Offered,
): readonly string[] =>
  candidates === undefined
    ? actions
    : actions.filter((action) => candidates.includes(action) || !offered.has(action))

const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1))
const shares = v.record(v.string(), share)
const file = v.union([shares, v.record(v.string(), shares)])
type Shares = v.InferOutput<typeof shares>

/** Everybody gets this one. */
export const always = (action: string): Target => ({
  name: `always ${action}`,
  policyOf: () => () => ({ [action]: 1 }),
})

/** Each action alike, of those that somebody could have. */
export const even = (actions: readonly string[]): Target => ({
  name: 'even',
  policyOf: (offered) => (_, candidates) => {
    const left = canHave(actions, candidates, offered)
    return Object.fromEntries(left.map((action) => [action, 1 / left.length]))
  },
})

/**
 * From a file: shares by action, or by context and action, where "" is the rest.
 * They are shared anew among what somebody could have, as draws are.
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
    policyOf: (offered) => (context, candidates) => {
      const own = Object.hasOwn(byContext, context) ? byContext[context] : byContext['']
      if (own === undefined) {
        throw new UsageError(
          `${path} says nothing of the context "${context}", and has no "" for the rest.`,
        )
      }
      const left = canHave(Object.keys(own), candidates, offered)
      const total = left.reduce((sum, action) => sum + (own[action] as number), 0)
      // Of whom nothing is left sees what the placement shows otherwise.
      return total === 0
        ? {}
        : Object.fromEntries(left.map((action) => [action, (own[action] as number) / total]))
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

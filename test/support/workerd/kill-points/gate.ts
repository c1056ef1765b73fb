/**
 * Where a run can be made to stand still for the SIGKILL: after each write, since
 * what is left behind changes nowhere else. The request that tells is never
 * answered, and nothing more is written while it waits.
 */
import type { Arming } from '../../../chaos/kill-points/arming.ts'

const tell = globalThis.fetch.bind(globalThis)

let arming: Arming | null = null
let watching = false
let standing: Promise<never> | null = null
let passed: string[] = []
let counts = new Map<string, number>()

export function arm(next: Arming | null): void {
  arming = next
}

/** The writes that were passed since the last run began, in order. */
export const passedPoints = (): readonly string[] => passed

/** Looks on while `run` goes. */
export async function watch<T>(run: () => Promise<T>): Promise<T> {
  watching = true
  passed = []
  counts = new Map()
  try {
    return await run()
  } finally {
    watching = false
  }
}

/** @param what names the write; null where nothing is written */
export async function around<T>(what: string | null, act: () => Promise<T>): Promise<T> {
  if (!watching || what === null) return act()
  const nth = (counts.get(what) ?? 0) + 1
  counts.set(what, nth)
  const point = `${what} #${nth}`
  passed.push(point)
  // Another job of the run stands already.
  if (standing !== null) await standing
  const done = await act()
  if (arming?.point === point) standing = standStill(arming.tellUrl, point)
  if (standing !== null) await standing
  return done
}

async function standStill(tellUrl: string, point: string): Promise<never> {
  await tell(tellUrl, { method: 'POST', body: point })
  throw new Error(`nobody killed us at ${point}`)
}

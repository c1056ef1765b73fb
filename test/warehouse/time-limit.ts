/** The time that a batch is given, ended by the test and by no clock. */
import { vi } from 'vitest'

/** So long that no machine is too slow for it, and no other limit is the same. */
export const LIMIT_MS = 777_777

export const NEVER = new Promise<void>(() => {})

/** Does the work; whatever waits for LIMIT_MS meanwhile has waited long enough when `over` resolves. */
export async function withLimit<T>(over: Promise<void>, work: () => Promise<T>): Promise<T> {
  const real = globalThis.setTimeout
  const limited = (then: () => void, ms?: number): ReturnType<typeof setTimeout> => {
    if (ms === LIMIT_MS) void over.then(then)
    return real(ms === LIMIT_MS ? () => undefined : then, ms)
  }
  const spy = vi.spyOn(globalThis, 'setTimeout').mockImplementation(limited)
  try {
    return await work()
  } finally {
    spy.mockRestore()
  }
}

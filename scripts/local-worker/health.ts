import { setTimeout as sleep } from 'node:timers/promises'

const PATIENCE_MS = 60_000

/** Resolves once GET /healthz is a 2xx; else throws with the last answer. */
export async function waitUntilHealthy(url: string, patienceMs = PATIENCE_MS): Promise<void> {
  const untilMs = Date.now() + patienceMs
  let last = 'no answer'
  while (Date.now() < untilMs) {
    try {
      const response = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(20_000) })
      if (response.ok) return
      last = `${response.status} ${(await response.text()).slice(0, 500)}`
    } catch (error) {
      last = String(error)
    }
    await sleep(50)
  }
  throw new Error(`The worker at ${url} is not healthy: ${last}`)
}

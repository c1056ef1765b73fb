/** Clients as real ones are: they send until a 2xx, mixed up, sometimes twice, sometimes hanging up. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from '../support/random.ts'
import type { PlannedMessage } from './plan.ts'

export interface SenderOptions {
  readonly url: string
  readonly secretKey: string
  readonly clients: number
  /** No further batch begins while so many were acked: a fast machine must not be done before it was killed. */
  readonly pace: { upTo: number }
  /** After it the test fails instead of waiting for ever. */
  readonly deadlineMs: number
}

export interface Sent {
  /** messageIds that a 2xx was seen for. */
  readonly acked: Set<string>
  /** How often each thing happened: a status, `lost` (no answer), `hung-up` (we did not wait). */
  readonly outcomes: Map<string, number>
  batchesAcked: number
}

export const newSent = (): Sent => ({ acked: new Set(), outcomes: new Map(), batchesAcked: 0 })

/** Between two batches, so that the load lasts while the worker comes and goes. */
const MOST_PAUSE_MS = 60

/** Resolves when every batch was acked; throws when one was refused for what is in it. */
export async function sendAll(
  batches: readonly (readonly PlannedMessage[])[],
  sent: Sent,
  dice: Random,
  options: SenderOptions,
): Promise<void> {
  const queue = [...batches]
  const client = async (dice: Random): Promise<void> => {
    for (let batch = queue.shift(); batch !== undefined; batch = queue.shift()) {
      await sleep(dice.between(0, MOST_PAUSE_MS))
      while (sent.batchesAcked >= options.pace.upTo) await sleep(5)
      await sendUntilAcked(batch, sent, dice, options)
      sent.batchesAcked++
      for (const { messageId } of batch) sent.acked.add(messageId)
      // The acknowledgement got lost on this side: all of it once more.
      if (dice.chance(0.15)) await sendUntilAcked(batch, sent, dice, options)
    }
  }
  await Promise.all(Array.from({ length: options.clients }, () => client(dice.fork())))
}

async function sendUntilAcked(
  batch: readonly PlannedMessage[],
  { outcomes }: Sent,
  dice: Random,
  options: SenderOptions,
): Promise<void> {
  for (;;) {
    const outcome = await attempt(dice.shuffle(batch), dice, options)
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
    if (outcome === '200') return
    if (!['503', 'lost', 'hung-up'].includes(outcome)) throw new Error(`a batch got ${outcome}`)
    if (Date.now() > options.deadlineMs) throw new Error('the deadline passed before all was acked')
    await sleep(dice.between(20, 300))
  }
}

async function attempt(
  batch: readonly PlannedMessage[],
  dice: Random,
  { url, secretKey }: SenderOptions,
): Promise<string> {
  const patienceMs = dice.chance(0.05) ? dice.between(1, 60) : 10_000
  let response: Response
  try {
    response = await fetch(`${url}/v1/batch`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secretKey}`, 'content-type': 'application/json' },
      // A clock that is a little off, differently each time.
      body: JSON.stringify({
        batch,
        sentAt: new Date(Date.now() + dice.between(0, 400)).toISOString(),
      }),
      signal: AbortSignal.timeout(patienceMs),
    })
    const answer = (await response.json()) as { accepted?: number; rejected?: unknown[] }
    if (response.ok && (answer.accepted !== batch.length || answer.rejected?.length !== 0)) {
      throw new Refused(JSON.stringify(answer).slice(0, 500))
    }
  } catch (error) {
    if (error instanceof Refused) throw error
    return (error as Error).name === 'TimeoutError' && patienceMs < 10_000 ? 'hung-up' : 'lost'
  }
  return String(response.status)
}

class Refused extends Error {
  override readonly name = 'Refused'
}

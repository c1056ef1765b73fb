/**
 * Whether the outbox takes more. A store that is full takes nothing at all, so
 * what cannot reach the warehouse for a long time is refused while there is
 * still room. No request waits for the answer: an isolate keeps the last one
 * and asks anew behind its requests.
 */
import type { OutboxGate, OutboxView, OutboxWeight } from './ports.ts'

export interface OutboxLimits {
  readonly maxRows: number
  readonly maxBytes: number
}

/** What an isolate keeps from one request to the next. */
export interface GateCell {
  isFull: boolean
  askedAtMs: number
}
export const openGate = (): GateCell => ({ isFull: false, askedAtMs: -Infinity })

/** Far from its limits it is asked seldom; near them often, so that it closes and opens in time. */
const SELDOM_MS = 10_000
const OFTEN_MS = 1_000
const NEAR = 0.8

export interface GatePorts {
  readonly outbox: Pick<OutboxView, 'weight'>
  readonly limits: OutboxLimits
  readonly nowMs: () => number
  /** Lets work go on after the answer. */
  readonly background: (work: Promise<unknown>) => void
}

export const fillOf = (
  { rows, bytes }: OutboxWeight,
  { maxRows, maxBytes }: OutboxLimits,
): number => Math.max(rows / maxRows, bytes / maxBytes)

export function outboxGate(
  cell: GateCell,
  { outbox, limits, nowMs, background }: GatePorts,
): OutboxGate {
  const ask = async (): Promise<void> => {
    const fill = fillOf(await outbox.weight(), limits)
    cell.isFull = fill >= 1
    if (fill >= NEAR) cell.askedAtMs -= SELDOM_MS - OFTEN_MS
  }
  return {
    isFull() {
      if (nowMs() - cell.askedAtMs >= SELDOM_MS) {
        cell.askedAtMs = nowMs()
        // A store that does not answer takes no events either: they will tell.
        background(ask().catch(() => {}))
      }
      return cell.isFull
    },
  }
}

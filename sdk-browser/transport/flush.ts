/** Why we send now: time, count, the network came back, the page is left. */
import type { CollectAnswer } from '../../worker/contract/message.ts'
import { settings } from '../boot/settings.ts'
import { onLeave } from '../browser/lifecycle.ts'
import { maySend } from '../domain/visitor.ts'
import { frame, reject, rejectNamed } from './frame.ts'
import { keepaliveRoom, post } from './post.ts'
import { forget, putBack, take, waiting } from './queue.ts'

const FULL_EVENTS = 20
/** 500 KB a request, and some of it is the frame. */
const MAX_BYTES = 490_000
const FRAME_BYTES = 500
const BACKOFF_MS = 1000
const BACKOFF_MAX_MS = 5 * 60_000

let timer: ReturnType<typeof setTimeout> | undefined
let failures = 0
let sending = false
/** The worker asked for silence until then. */
let silentUntilMs = 0

const arm = (delayMs: number): void => {
  clearTimeout(timer)
  timer = setTimeout(flush, delayMs)
}

const send = async (maxBytes: number): Promise<void> => {
  const events = take(maxBytes)
  if (events.length === 0) return
  const outcome = await post('batch', frame({}, 'batch', events))
  const { retryAfterMs, refused } = outcome
  if (retryAfterMs !== undefined) {
    putBack(events)
    const backoffMs = Math.min(BACKOFF_MAX_MS, BACKOFF_MS * 2 ** failures++)
    if (retryAfterMs) silentUntilMs = Date.now() + retryAfterMs
    return arm(Math.max(retryAfterMs, backoffMs * (0.5 + Math.random() / 2)))
  }
  failures = 0
  rejectNamed((outcome.answer as CollectAnswer | undefined)?.rejected, events)
  for (const { messageId } of events) {
    if (refused) reject({ messageId, ...refused })
    forget(messageId)
  }
  schedule()
}

const flush = async (): Promise<void> => {
  timer = undefined
  if (sending || !maySend()) return
  const waitMs = silentUntilMs - Date.now()
  if (waitMs > 0) return arm(waitMs)
  sending = true
  await send(MAX_BYTES)
  sending = false
}

/** Soon, or at once when much has gathered; a retry that is already due keeps its time. */
export const schedule = (): void => {
  const full = waiting() >= FULL_EVENTS && failures === 0
  if (waiting() > 0 && (full || timer === undefined)) arm(full ? 0 : (settings.flushMs ?? 1000))
}

export const openFlush = (): void => {
  addEventListener('online', () => arm(0))
  onLeave(() => {
    if (maySend() && Date.now() > silentUntilMs) void send(keepaliveRoom() - FRAME_BYTES)
  })
}

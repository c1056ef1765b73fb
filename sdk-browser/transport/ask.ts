/** A decision over the wire: the events that wait go along, so that it knows of them. */
import type { DecideAnswer, DecideBody } from '../../worker/contract/decide.ts'
import type { Answer } from '../api.ts'
import { maySend } from '../domain/visitor.ts'
import { frame, rejectNamed, warn } from './frame.ts'
import { post } from './post.ts'
import { forget, putBack, take } from './queue.ts'

/** A long backlog goes by itself: it would only make the decision late. */
const MAX_CARRIED_BYTES = 60_000
const MAX_ATTEMPTS = 3
const RETRY_MS = 50

export const NO_ANSWER: Answer = { decisions: {}, degraded: true }

type Question = Pick<
  DecideBody,
  'requestId' | 'anonymousId' | 'userId' | 'token' | 'placements' | 'context'
>

/**
 * Asks until `untilMs`, again only after a failure that another attempt may mend
 * and always under the same requestId. What the answer does not name as taken
 * stays in the queue.
 */
export const ask = async (question: Question, untilMs: number): Promise<Answer> => {
  const events = maySend() ? take(MAX_CARRIED_BYTES) : []
  const attempt = async (left: number, delayMs: number): Promise<Answer> => {
    const outcome = await post('decide', frame(question, 'events', events))
    const answer = outcome.answer as DecideAnswer | undefined
    if (answer) {
      answer.acked?.forEach(forget)
      rejectNamed(answer.rejected, events)
      return { ...NO_ANSWER, ...answer }
    }
    if (outcome.refused) warn(outcome.refused)
    const waitMs = Math.max(outcome.retryAfterMs ?? Infinity, delayMs * (0.5 + Math.random()))
    if (left === 1 || Date.now() + waitMs > untilMs) return NO_ANSWER
    await new Promise((resolve) => setTimeout(resolve, waitMs))
    return attempt(left - 1, delayMs * 2)
  }
  const answer = await attempt(MAX_ATTEMPTS, RETRY_MS)
  putBack(events)
  return answer
}

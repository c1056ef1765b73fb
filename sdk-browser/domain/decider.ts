/** Asks for placements on behalf of the visitor, where consent allows it. */
import type { JsonObject } from '../../worker/contract/message.ts'
import type { Answer, Properties } from '../api.ts'
import { openPreview } from '../boot/preview.ts'
import { settings } from '../boot/settings.ts'
import { contextNow } from '../browser/page.ts'
import { uuid } from '../browser/uuid.ts'
import { NO_ANSWER, ask } from '../transport/ask.ts'
import { schedule } from '../transport/flush.ts'
import { emit } from './emitter.ts'
import { change, choice, current, peek } from './visitor.ts'

/** The worker's limit on one question. */
const MAX_PLACEMENTS = 20

/** Proves the userId. In memory only: it is a secret. */
let token: string | undefined
export const proveBy = (jwt: string | undefined): void => {
  token = jwt
}

/** Answers NO_ANSWER rather than rejecting. */
export const decide = async (
  keys: string[],
  context: Properties,
  untilMs: number,
): Promise<Answer> => {
  if (!keys[0] || !choice('personalization')) return NO_ANSWER
  const { anonymousId, userId, sessionId, sessionNumber } = current()
  const { context: own } = settings
  const question = {
    requestId: uuid(),
    anonymousId,
    userId,
    token,
    placements: keys.slice(0, MAX_PLACEMENTS),
    context: {
      ...contextNow(),
      sessionId,
      sessionNumber,
      ...(typeof own === 'function' ? own() : own),
      ...context,
    } as JsonObject,
  }
  const [answer, rest] = await Promise.all([
    ask(question, untilMs),
    decide(keys.slice(MAX_PLACEMENTS), context, untilMs),
  ])
  schedule()
  // What was asked was asked for somebody who is gone.
  if (peek().anonymousId !== anonymousId) return NO_ANSWER
  const { profileId } = answer
  if (profileId && profileId !== peek().hint) change({ hint: profileId })
  const whole = { ...answer, decisions: { ...answer.decisions, ...rest.decisions } }
  emit('decision', whole)
  if (answer.preview) void openPreview(settings.host, settings.writeKey)
  return whole
}

/** Makes events and puts them into the queue, as far as consent lets it. */
import type { MessageType } from '../../worker/contract/message.ts'
import type { EventOptions, Properties } from '../api.ts'
import { privacyControl } from '../browser/page.ts'
import { schedule } from '../transport/flush.ts'
import { reject } from '../transport/frame.ts'
import { byteLength } from '../transport/post.ts'
import { add } from '../transport/queue.ts'
import { emit } from './emitter.ts'
import { createMessage } from './message.ts'
import { change, choice, current, mayStore, type Choices } from './visitor.ts'

const MAX_EVENT_BYTES = 32 * 1024

/** `always` is for consent itself: a withdrawal must arrive. */
export const record = (
  type: MessageType,
  fields: Properties,
  options: EventOptions = {},
  always = false,
): void => {
  const message = createMessage(current(), type, fields, options)
  const { messageId } = message
  const refuse = (code: string, detail: string | number): void =>
    reject({ messageId, code, detail: `${type}: ${detail}` })
  emit('event', message)
  const denied = choice('analytics') === false
  if (denied && !always) return
  try {
    const json = JSON.stringify(message)
    const bytes = byteLength(json)
    if (bytes > MAX_EVENT_BYTES) return refuse('event_too_large', bytes)
    add(messageId, json, denied || mayStore())
    schedule()
  } catch (error) {
    refuse('invalid_message', String(error))
  }
}

export const track = (event: string, properties: Properties): void =>
  record('track', { event, properties })

/** Global Privacy Control outweighs whatever was clicked about sale or sharing. */
export const obeyPrivacyControl = (choices: Choices): Choices =>
  privacyControl() ? { ...choices, sale_or_sharing: false } : choices

export const tellConsent = (choices: Choices): void => {
  const properties = obeyPrivacyControl(choices)
  if (!Object.keys(properties)[0]) return
  record('track', { event: '$consent', properties }, {}, true)
  change({ privacyTold: privacyControl() })
}

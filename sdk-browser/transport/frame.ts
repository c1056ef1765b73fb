/** What both requests share: their text, and what the worker would not take. */
import type { Rejection } from '../../worker/contract/message.ts'
import type { RejectedEvent } from '../api.ts'
import { settings } from '../boot/settings.ts'
import { emit } from '../domain/emitter.ts'
import { device } from '../domain/visitor.ts'
import { forget, type QueuedEvent } from './queue.ts'

/** Events are JSON already, as they were when they happened. `sentAt` is that of this attempt. */
export const frame = (
  fields: object,
  list: 'batch' | 'events',
  events: readonly QueuedEvent[],
): string => {
  const head = JSON.stringify({
    writeKey: settings.writeKey,
    sentAt: new Date(),
    ...device(),
    ...fields,
  })
  return `${head.slice(0, -1)},"${list}":[${events.map(({ json }) => json).join()}]}`
}

/** The browser's own line of a refusal has no more than its status. */
export const warn = ({ code, detail }: Pick<RejectedEvent, 'code' | 'detail'>): void =>
  // oxlint-disable-next-line no-console -- whoever builds the page must see it
  console.warn('tsugi:', code, detail)

/** No event is lost in silence. */
export const reject = (event: RejectedEvent): void => {
  warn(event)
  if (event.messageId) forget(event.messageId)
  emit('rejected', event)
}

/** Those of `sent` that the worker named as bad. */
export const rejectNamed = (
  rejected: readonly Rejection[] | undefined,
  sent: readonly QueuedEvent[],
): void =>
  rejected?.forEach(({ index, code, detail }) => {
    const event = sent[index]
    if (event) reject({ messageId: event.messageId, code, detail })
  })

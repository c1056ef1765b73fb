/**
 * Events that the worker has not taken yet: in memory, and each under a key of
 * its own on the device. Tabs therefore never write over each other, and a page
 * adopts what an earlier one left behind. Two tabs may send the same event; the
 * worker counts a messageId once.
 */
import { settings } from '../boot/settings.ts'
import { keysOf, read, remove, write } from '../browser/storage.ts'
import { byteLength } from './post.ts'

export interface QueuedEvent {
  readonly messageId: string
  readonly json: string
  readonly bytes: number
}

const MAX_QUEUED_EVENTS = 500
const MAX_QUEUED_BYTES = 512 * 1024

const events = new Map<string, QueuedEvent>()
const onTheWay = new Set<string>()
let queuedBytes = 0

const prefix = (): string => `${settings.storageKey}:`

const drop = (messageId: string): void => {
  queuedBytes -= events.get(messageId)?.bytes ?? 0
  events.delete(messageId)
  onTheWay.delete(messageId)
}

/** Delivered, or never to be. */
export const forget = (messageId: string): void => {
  drop(messageId)
  remove(prefix() + messageId)
}

const store = ({ messageId, json }: QueuedEvent): void => write(prefix() + messageId, json)

/** `keep`: on the device too. The oldest make room. */
export const add = (messageId: string, json: string, keep: boolean): void => {
  drop(messageId)
  const event = { messageId, json, bytes: byteLength(json) }
  events.set(messageId, event)
  queuedBytes += event.bytes
  if (keep) store(event)
  for (const oldest of events.keys()) {
    if (events.size <= MAX_QUEUED_EVENTS && queuedBytes <= MAX_QUEUED_BYTES) break
    forget(oldest)
  }
}

/** Puts on the device what was only in memory until now. */
export const keepAll = (): void => events.forEach(store)

/** Adopts what an earlier page, or another tab, could not deliver. */
export const openQueue = (): void => {
  for (const key of keysOf(prefix())) {
    const json = read(key) ?? ''
    try {
      JSON.parse(json)
      add(key.slice(prefix().length), json, false)
    } catch {
      // Not ours: one broken text would spoil the whole request it travels in.
      remove(key)
    }
  }
  addEventListener('storage', ({ key, newValue }) => {
    // Another tab delivered it. A cleared storage has no key, and we still have ours.
    if (newValue === null && key?.startsWith(prefix())) drop(key.slice(prefix().length))
  })
}

/** The newest that are not on the way yet, oldest first; then `forget` each, or `putBack`. */
export const take = (maxBytes: number, maxEvents = 100): QueuedEvent[] => {
  const taken: QueuedEvent[] = []
  let left = maxBytes
  for (const event of [...events.values()].reverse()) {
    if (onTheWay.has(event.messageId)) continue
    left -= event.bytes + 1
    if (left < 0 || taken.length === maxEvents) break
    onTheWay.add(event.messageId)
    taken.unshift(event)
  }
  return taken
}

export const putBack = (taken: readonly QueuedEvent[]): void =>
  taken.forEach(({ messageId }) => onTheWay.delete(messageId))

export const clear = (): void => [...events.keys()].forEach(forget)

/** How many wait to be sent. */
export const waiting = (): number => events.size - onTheWay.size

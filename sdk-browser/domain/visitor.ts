/**
 * Who this browser is to the worker, its session and its choices of consent:
 * one small object on the device, shared by the tabs of one site.
 */
import { settings } from '../boot/settings.ts'
import { read, remove, write } from '../browser/storage.ts'
import { uuid } from '../browser/uuid.ts'

/** Events further apart than this belong to two sessions. */
const SESSION_GAP_MS = 30 * 60_000

export type Choices = { readonly [purpose: string]: boolean }

export interface Visitor {
  readonly anonymousId: string
  readonly userId?: string | undefined
  readonly sessionId: string
  /** 1 for the first session of this anonymousId. */
  readonly sessionNumber: number
  readonly lastEventMs: number
  readonly consent: Choices
  /** The profileId that the worker told last: it saves a trip to its store. */
  readonly hint?: string | undefined
  /** Global Privacy Control was already told for this anonymousId. */
  readonly privacyTold?: boolean
}

/** A person that nobody knows yet, in their first session. */
export const stranger = () => ({
  anonymousId: uuid(),
  userId: undefined,
  sessionId: uuid(),
  sessionNumber: 1,
  lastEventMs: Date.now(),
  privacyTold: false,
  hint: undefined,
})

let visitor: Visitor
/** Nothing was stored: the worker's cookie may know who this browser was. */
let isFresh = false

/** As it is, without an event; another tab may have changed it since. */
export const peek = (): Visitor => {
  try {
    const stored = JSON.parse(read(settings.storageKey) ?? '{}') as Partial<Visitor>
    if (!visitor) {
      isFresh = !stored.anonymousId
      visitor = { ...stranger(), consent: {} }
    }
    // Where only the choices are kept, the ids live as long as the page.
    if (stored.consent) visitor = { ...(stored.anonymousId ? {} : visitor), ...stored } as Visitor
  } catch {
    // Not ours, or broken: the next change writes over it.
    visitor ??= { ...stranger(), consent: {} }
  }
  return visitor
}

/** Of a purpose, as of the last `peek`; undefined while it is not chosen yet. */
export const choice = (purpose: string): boolean | undefined =>
  visitor.consent[purpose] ?? (settings.consent === 'pending' ? undefined : true)

/** Whether the worker may know of this visitor at all. */
export const mayKnow = (): boolean => Boolean(choice('analytics') || choice('personalization'))

export const mayStore = (): boolean => choice('storage') !== false && mayKnow()

/** What a request tells of this device; without storage, that the worker's cookie must go. */
export const device = () =>
  mayStore()
    ? {
        device: isFresh ? 'fresh' : 'kept',
        anonymousId: visitor.anonymousId,
        hint: visitor.hint,
      }
    : { device: 'none' }

/** The worker has heard from this anonymousId, or it is new on purpose. */
export const settle = (): void => {
  isFresh = false
}

/** False while consent is pending. */
export const maySend = (): boolean => choice('analytics') !== undefined

export const change = (to: Partial<Visitor>): void => {
  visitor = { ...peek(), ...to }
  const { consent } = visitor
  // A choice is kept even where nothing else may be, or every page would ask for it again.
  const kept = mayStore() ? visitor : Object.keys(consent)[0] && { consent }
  if (kept) write(settings.storageKey, JSON.stringify(kept))
  else remove(settings.storageKey)
}

/** For an event that happens now: moves the session on. */
export const current = (): Visitor => {
  const { lastEventMs, sessionNumber } = peek()
  const nowMs = Date.now()
  change({
    lastEventMs: nowMs,
    ...(nowMs - lastEventMs > SESSION_GAP_MS && {
      sessionId: uuid(),
      sessionNumber: sessionNumber + 1,
    }),
  })
  return visitor
}

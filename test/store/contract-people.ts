/** People of the store's contract, and commits about them. */
import { emptyProfile, type Profile } from '../../worker/core/profile/profile.ts'
import type { EventRecord } from '../../worker/core/record.ts'
import type { Commit } from '../../worker/flow/ports.ts'

let serial = 0
export const unique = (name: string): string => `${name}-${++serial}`

export const anonymous = (value: string) => ({ type: 'anonymous_id', value })

export const person = (id: string, device: string, traits: Profile['traits'] = {}): Profile => ({
  ...emptyProfile(id, `anonymous_id:${device}`),
  identifiers: [{ type: 'anonymous_id', value: device, firstSeenMs: 1, lastSeenMs: 1 }],
  traits,
})

export const record = (messageId: string, profileId: string): EventRecord => ({
  type: 'track',
  event: 'E',
  messageId,
  source: 's',
  profileId,
  epoch: 1,
  timestampMs: 1,
  receivedAtMs: 1,
  originalTimestampMs: null,
  sentAtMs: null,
})

export const commitOf = (over: Partial<Commit>): Commit => ({
  id: unique('commit'),
  receivedAtMs: 1,
  profiles: [],
  identifiers: [],
  records: [],
  ...over,
})

/** A commit that makes somebody new. */
export const birth = (id: string, device: string): Commit =>
  commitOf({
    profiles: [{ profile: person(id, device), expect: 0 }],
    identifiers: [{ identifier: anonymous(device), was: null, now: id }],
    records: [record(`m-${id}`, id)],
  })

/**
 * From messages and the profiles they lead to, to one commit: who each is
 * about, what it changes, what is logged. Pure: called again with the current
 * documents when a commit finds that somebody else was first.
 */
import { digest as digestOf } from '../hash.ts'
import type { Identifier } from '../identity/identifier.ts'
import type { MessageIdentifiers } from '../identity/claims.ts'
import { makeRoom, touch } from '../identity/roster.ts'
import { stitch } from '../identity/stitch.ts'
import { isLate } from '../profile/seen.ts'
import type { EventRecord } from '../record.ts'
import type { Delivery, Ingested, IngestRules, LoadedProfile, NewId } from './delivery.ts'
import { People, type Person } from './people.ts'
import { lessonRecords } from './lessons.ts'
import { mergeRecord, recordOf } from './records.ts'

export function ingest(
  loaded: readonly LoadedProfile[],
  deliveries: readonly Delivery[],
  rules: IngestRules,
  newId: NewId,
): Ingested {
  const digests = deliveries.map(({ message }) => digestOf(message.messageId))
  const nowMs = deliveries.reduce((max, { receivedAtMs }) => Math.max(max, receivedAtMs), 0)
  const people = new People(loaded, { rules, newId, nowMs, digests })
  const records: EventRecord[] = []

  for (const [i, delivery] of deliveries.entries()) {
    const { times } = delivery
    for (const identifier of delivery.identifiers.usable) people.read(identifier)
    const digest = digests[i] as string
    if (people.isRepeat(digest)) continue
    people.take(digest)

    const identifiers = decided(delivery.identifiers, people)
    const owner = identifiers.map((identifier) => people.ownerOf(identifier)).find(Boolean)
    if (delivery.preview === true) {
      // Somebody looks at what others would get: nobody did this.
      records.push(recordOf(delivery, owner?.id ?? null, rules.epoch, 'preview'))
      continue
    }
    if (owner !== undefined && isLate(owner.seenFloorSeconds, times.timestampMs)) {
      // Logged for the warehouse; it changes nobody, nor who owns what.
      records.push(recordOf(delivery, owner.id, rules.epoch, 'late'))
      continue
    }

    const { owners, attach, leftOut } = stitch({
      identifiers,
      ownerOf: (identifier) => people.ownerOf(identifier),
      rules: rules.identity,
      timestampMs: times.timestampMs,
      joinsKnown: delivery.identifiers.joinsKnown,
    })
    const person = personOf(people, owners, attach, delivery.receivedAtMs, (survivor, absorbed) =>
      records.push(mergeRecord(survivor, absorbed, delivery, rules.epoch)),
    )
    const profileId = person.profile.id
    const kept = identifiers.filter((identifier) => !leftOut.includes(identifier))
    const room = makeRoom(
      touch(person.profile.identifiers, kept, times.timestampMs),
      rules.identity,
    )
    for (const identifier of attach) people.own(identifier, profileId)
    for (const identifier of room.released) people.letGo(identifier, profileId)
    person.profile = { ...person.profile, identifiers: room.identifiers }
    person.changed = true
    const record = recordOf(delivery, profileId, rules.epoch, {
      kept,
      released: room.released,
    })
    records.push(record)
    person.pending.push(record)
  }
  const last = deliveries.at(-1)
  return people.outcome(records, (lessons) =>
    last === undefined ? [] : lessonRecords(lessons, last, rules.epoch),
  )
}

function personOf(
  people: People,
  owners: readonly string[],
  attach: readonly Identifier[],
  atMs: number,
  told: Parameters<People['merge']>[2],
): Person {
  const [first] = owners
  if (first === undefined) return people.create(attach)
  return owners.length === 1 ? people.get(first) : people.merge(owners, atMs, told)
}

/** An alias names its previousId without its type: it is whichever somebody owns, else a device. */
function decided({ usable, either }: MessageIdentifiers, people: People): readonly Identifier[] {
  if (either === null) return usable
  const owned = either.filter((identifier) => people.ownerOf(identifier) !== undefined)
  const meant = owned.length > 0 ? owned : either.filter(({ type }) => type === 'anonymous_id')
  return usable.filter((identifier) => !either.includes(identifier) || meant.includes(identifier))
}

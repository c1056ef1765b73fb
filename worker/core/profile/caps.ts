/**
 * How much a profile may hold: a count and a size an item for each section.
 * What does not fit is left out by a rule that knows no order of arrival, and
 * counted. The sum of all sections at their worst bounds the document.
 */
import { EXPOSURES_BYTES } from '../learning/weight.ts'
import { RESERVED_BYTES } from './reserved.ts'
import { SLOTS } from '../membership/slots.ts'
import { MAX_APART } from './apart.ts'

export interface Caps {
  /** Packed messageIds remembered for telling repeats. */
  readonly seen: number
  readonly recent: number
  /** Bytes of one recent event's name and properties as JSON. */
  readonly recentBytes: number
  readonly traits: number
  /** Bytes of one trait's name and value as JSON. */
  readonly traitBytes: number
  /** Grants, and as many denials. */
  readonly consents: number
  /** Static lists, those the person was taken off among them. */
  readonly lists: number
  /** What was reserved before it was shown. */
  readonly reserved: number
}

export const CAPS: Caps = {
  seen: 1024,
  recent: 100,
  recentBytes: 96,
  traits: 40,
  traitBytes: 160,
  consents: 10,
  lists: 50,
  reserved: 16,
}

/** Characters of a list's name, all of them ASCII. */
export const LIST_NAME_LENGTH = 32

/** Bytes of an identifier's value as JSON. */
export const IDENTIFIER_BYTES = 130
/** One user id and five of each of the other types; see identity/stitch.ts. */
const IDENTIFIERS = 16
/** What all caps of a release may make a person's counters weigh; checked at publish. */
export const EXPOSURE_BYTES = 4_576
/** What the computed traits of a release may weigh; checked at publish. */
export const AGGREGATE_BYTES = 6_558
/** What the goals and experiments of a release may weigh; checked at publish. */
export const LEARNING_BYTES = 2_238

export const MAX_PROFILE_BYTES = 65_536

/** Bytes beside an item's own content: punctuation, names of fields, times, digests. */
const FRAME = {
  seen: 15,
  /** [1764000000000,"123456789",…,…], */
  recent: 29,
  /** "name":{"value":…,"at":[1764000000000,"123456789"],"source":"<63>"}, */
  trait: 120,
  /** {"type":"anonymous_id","value":…,"firstSeenMs":…,"lastSeenMs":…}, */
  identifier: 98,
  /** "<32>/123456789":{"at":[1764000000000,"123456789"]}, once granted and once denied */
  consent: 2 * 82,
  /** "1234567890", */
  apart: 13,
  /** "<32>":[1764000000000,0], */
  list: 21 + LIST_NAME_LENGTH,
  /** Ids, times, names of sections, drop counts. */
  head: 780,
  /** "membership":{…} with its five fields, beside the bits. */
  membership: 101,
}

/** The largest document that these caps allow, in bytes of UTF-8 JSON. */
export const worstCaseBytes = (caps: Caps): number =>
  FRAME.head +
  FRAME.membership +
  Math.ceil(SLOTS / 6) +
  caps.seen * FRAME.seen +
  caps.recent * (FRAME.recent + caps.recentBytes) +
  caps.traits * (FRAME.trait + caps.traitBytes) +
  caps.consents * FRAME.consent +
  caps.lists * FRAME.list +
  IDENTIFIERS * (FRAME.identifier + IDENTIFIER_BYTES) +
  MAX_APART * FRAME.apart +
  EXPOSURE_BYTES +
  caps.reserved * RESERVED_BYTES +
  AGGREGATE_BYTES +
  EXPOSURES_BYTES +
  LEARNING_BYTES

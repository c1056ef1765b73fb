/** One customer, whole or a section of them, a page at a time. */
import { normalizeIdentifier } from '../core/identity/identifier.ts'
import { listsOf } from '../core/profile/lists.ts'
import type { Release } from '../core/release/release.ts'
import { instantMs } from '../core/time.ts'
import type { ProfileStore } from './ports.ts'
import {
  aggregatesOf,
  consentsOf,
  eventsOf,
  experimentsOf,
  exposuresOf,
  identifiersOf,
  iso,
  membershipsOf,
  segmentsOf,
  traitsOf,
  type SectionInput,
  type SegmentView,
} from './profile-sections.ts'

export interface ProfileAddress {
  readonly type: string
  readonly value: string
}

/** null when nobody has the identifier. Throws StoreError. */
export async function findProfile(
  store: ProfileStore,
  release: Release,
  { type, value }: ProfileAddress,
  nowMs: number,
): Promise<SectionInput | null> {
  const identifier = normalizeIdentifier(type, value, release.workspace.phoneRegion)
  if (identifier === null) return null
  const loaded = await store.load([identifier])
  const found = loaded.find(({ mergedInto }) => mergedInto === null)
  return found === undefined ? null : { profile: found.profile, release, nowMs }
}

export function wholeProfile(input: SectionInput) {
  const { profile } = input
  return {
    profileId: profile.id,
    // Somebody only put on a list was never here.
    firstSeen: profile.lastSeenMs === 0 ? null : iso(profile.firstSeenMs),
    lastSeen: profile.lastSeenMs === 0 ? null : iso(profile.lastSeenMs),
    identifiers: identifiersOf(input),
    traits: traitsOf(input),
    events: eventsOf(input),
    segments: segmentsOf(input),
    lists: listsOf(profile),
    aggregates: aggregatesOf(input),
    exposures: exposuresOf(input),
    experiments: experimentsOf(input),
    consents: consentsOf(input),
    dropped: profile.dropped,
  }
}

export const SECTIONS = [
  'traits',
  'events',
  'identifiers',
  'segments',
  'aggregates',
  'exposures',
] as const
export type Section = (typeof SECTIONS)[number]

export interface SectionQuery {
  /** At most 100; 20 unless given. */
  readonly limit: number
  /** Where the page before said to go on. */
  readonly next: string | null
  /** Lineage and detail instead of plain values. */
  readonly verbose: boolean
  /** Names to keep: of traits, events, identifier types, segments, aggregates. */
  readonly include: readonly string[]
  /** Events only: from this moment on, and before that one (ISO 8601). */
  readonly since: string | null
  readonly until: string | null
}

export const isInstant = (text: string): boolean => instantMs(text) !== null

export interface SectionPage {
  readonly data: unknown
  /** Segments only: when time alone may next change one of them; null for never. */
  readonly nextChange?: string | null
  readonly cursor: {
    readonly limit: number
    readonly next: string | null
    readonly hasMore: boolean
  }
}

type Entry = readonly [name: string, plain: unknown, verbose: unknown]

function entriesOf(section: Section, input: SectionInput, query: SectionQuery): Entry[] {
  switch (section) {
    case 'traits':
      return Object.entries(traitsOf(input)).map(([name, trait]) => [name, trait.value, trait])
    case 'events': {
      const sinceMs = instantMs(query.since) ?? -Infinity
      const untilMs = instantMs(query.until) ?? Infinity
      return eventsOf(input)
        .filter(({ timestamp }) => {
          const ms = Date.parse(timestamp)
          return ms >= sinceMs && ms < untilMs
        })
        .map(({ id, ...event }) => [event.event, event, { id, ...event }])
    }
    case 'identifiers':
      return identifiersOf(input).map(({ type, value, ...times }) => [
        type,
        { type, value },
        { type, value, ...times },
      ])
    case 'segments':
      return Object.entries(membershipsOf(input)).map(([key, view]) => [key, view.member, view])
    case 'aggregates':
      return Object.entries(aggregatesOf(input)).map(([key, read]) => [
        key,
        read.value ?? null,
        read,
      ])
    case 'exposures':
      return Object.entries(exposuresOf(input)).map(([key, read]) => [
        key,
        read.ever ?? read.recent.length,
        read,
      ])
  }
}

const isList = (section: Section): boolean => section === 'events' || section === 'identifiers'

/** A page of one section: a list for events and identifiers, else values by name. */
export function profileSection(
  section: Section,
  input: SectionInput,
  query: SectionQuery,
): SectionPage {
  const { limit, include, verbose } = query
  const start = Number(query.next ?? 0)
  const entries = entriesOf(section, input, query).filter(
    ([name]) => include.length === 0 || include.includes(name),
  )
  const page = entries.slice(start, start + limit)
  const hasMore = start + limit < entries.length
  const shown = page.map(([name, plain, full]) => [name, verbose ? full : plain] as const)
  return {
    data: isList(section) ? shown.map(([, value]) => value) : Object.fromEntries(shown),
    ...(section === 'segments' ? { nextChange: earliestOf(entries) } : {}),
    cursor: { limit, next: hasMore ? String(start + limit) : null, hasMore },
  }
}

/** ISO texts of one form sort as their moments do. */
function earliestOf(entries: readonly Entry[]): string | null {
  const moments = entries.flatMap(([, , view]) => (view as SegmentView).nextChange ?? [])
  return moments.sort()[0] ?? null
}

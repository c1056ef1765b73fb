/** A store in memory: what commits and undos would leave behind, checked as a store checks them. */
import { expect } from 'vitest'
import type { Message } from '../../worker/contract/message.ts'
import { identifiersOf, type Sender } from '../../worker/core/identity/claims.ts'
import { identifierKey } from '../../worker/core/identity/identifier.ts'
import { whereLetGo } from '../../worker/core/identity/former.ts'
import { mergeFacts } from '../../worker/core/identity/identity-map.ts'
import { membershipRules } from '../../worker/core/membership/rules.ts'
import { identityRules } from '../../worker/core/identity/rules.ts'
import type {
  Delivery,
  Ingested,
  IngestRules,
  LoadedProfile,
} from '../../worker/core/ingest/delivery.ts'
import { ingest } from '../../worker/core/ingest/ingest.ts'
import type { Profile } from '../../worker/core/profile/profile.ts'
import type { EventRecord } from '../../worker/core/record.ts'
import { historyStart, trail } from '../../worker/core/undo/history.ts'
import { separate } from '../../worker/core/undo/separate.ts'
import { unmerge } from '../../worker/core/undo/unmerge.ts'
import { rules } from './people.ts'

export const identity = identityRules({
  workspace: { name: 'W', timeZone: 'UTC', phoneRegion: 'JP' },
  identity: { blocked: [], limits: { line_id: { max: 1 } } },
})
const ours: IngestRules = { ...rules(), identity, membership: membershipRules([], []) }

export const NOW_MS = Date.UTC(2026, 2, 1)
export const open: Sender = { kind: 'public', identity: 'open', proven: [] }
export const secret: Sender = { kind: 'secret' }

let ids = 0
export const newId = () => `p${++ids}`

export function delivery(
  message: Partial<Message> & { messageId: string },
  sender: Sender = open,
  atMs = NOW_MS,
  receivedAtMs = atMs,
): Delivery {
  const whole: Message & { messageId: string } = { type: 'track', event: 'E', ...message }
  const identifiers = identifiersOf(whole, sender, identity)
  if ('invalid' in identifiers) throw new Error(identifiers.invalid)
  return {
    message: whole,
    identifiers,
    times: { timestampMs: atMs, originalTimestampMs: null, sentAtMs: null },
    receivedAtMs,
    source: 's',
  }
}

export interface Ways {
  /** Keeps no marks: nobody is apart for long. */
  readonly forgetful?: boolean
  /** Asks whoever let a device go, as the flow does. */
  readonly askFormer?: boolean
}

export function world(
  release: () => { readonly rules: IngestRules } = () => ({ rules: ours }),
  { forgetful = false, askFormer = true }: Ways = {},
) {
  const profiles = new Map<string, LoadedProfile>()
  const owners = new Map<string, string>()
  const former = new Map<string, string>()
  const log: EventRecord[] = []

  const commit = (
    commit: Pick<Ingested, 'profiles' | 'identifiers' | 'former' | 'records'>,
  ): void => {
    for (const { identifier, profileId } of commit.former ?? []) {
      former.set(identifierKey(identifier), profileId)
    }
    for (const { profile, expect: version, mergedInto } of commit.profiles) {
      expect(profiles.get(profile.id)?.version ?? 0).toBe(version)
      const { apart: _, ...unmarked } = profile
      profiles.set(profile.id, {
        profile: forgetful ? unmarked : profile,
        version: version + 1,
        mergedInto: mergedInto ?? null,
      })
    }
    for (const { identifier, was, now } of commit.identifiers) {
      const key = identifierKey(identifier)
      expect(owners.get(key) ?? null).toBe(was)
      if (now === null) owners.delete(key)
      else owners.set(key, now)
    }
    log.push(...commit.records)
  }

  const send = (...deliveries: Delivery[]): Ingested => {
    const touched = new Set(
      deliveries.flatMap((d) =>
        d.identifiers.usable.flatMap((i) => owners.get(identifierKey(i)) ?? []),
      ),
    )
    for (const { identifiers } of askFormer ? deliveries : []) {
      for (const key of whereLetGo(identifiers.usable, identity).map(identifierKey)) {
        let id = former.get(key)
        for (; id !== undefined; id = profiles.get(id)?.mergedInto ?? undefined) {
          if (profiles.get(id)?.mergedInto === null) touched.add(id)
        }
      }
    }
    const loaded = [...touched].map((id) => profiles.get(id) as LoadedProfile)
    const result = ingest(loaded, deliveries, release().rules, newId)
    commit(result)
    return result
  }

  /**
   * The merge by which somebody became a tombstone is undone; what stood in the way, else null.
   * @param reach which records can still be read
   */
  const undo = (absorbed: string, reach = (_record: EventRecord) => true): string | null => {
    const into = profiles.get(absorbed)?.mergedInto
    const merge = log.findLast(
      (record) => record.type === '$merge' && mergeFacts(record).absorbed === absorbed,
    )
    if (into == null || merge === undefined) throw new Error(`${absorbed} is not merged`)
    let following = trail([absorbed, mergeFacts(merge).survivor])
    const reached = log.filter(reach)
    let ours = reached.filter(following.follow)
    let start = historyStart(ours, merge.messageId)
    for (; start !== null && 'earlier' in start; start = historyStart(ours, merge.messageId)) {
      const { survivor, absorbed: other } = start.earlier
      following = trail([...following.ids, survivor, other])
      ours = reached.filter(following.follow)
    }
    if (start === null) throw new Error('the log is whole')
    const separation = separate(ours.slice(start.from), merge.messageId, release().rules)
    if (!separation.ok) return separation.error
    const standing = {
      people: profiles,
      ownerOf: (identifier: { type: string; value: string }) =>
        owners.get(identifierKey(identifier)) ?? null,
    }
    const nowMs = Math.max(...log.map(({ receivedAtMs }) => receivedAtMs))
    const result = unmerge(merge, separation.value, standing, { rules: release().rules, nowMs })
    if (!result.ok) return result.error.code
    commit(result.value)
    return null
  }

  const living = (): Profile[] =>
    [...profiles.values()]
      .filter(({ mergedInto }) => mergedInto === null)
      .map(({ profile }) => profile)
  const tombstones = (): string[] =>
    [...profiles].filter(([, { mergedInto }]) => mergedInto !== null).map(([id]) => id)
  /** Who has an identifier, as "type:value". */
  const owning = (key: string): Profile | undefined =>
    living().find(({ id }) => id === owners.get(key))
  return { send, undo, owners, profiles, log, living, tombstones, owning }
}
export type World = ReturnType<typeof world>

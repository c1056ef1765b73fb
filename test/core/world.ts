/** A world without a store: what commits would leave behind, each checked as the store would. */
import { expect } from 'vitest'
import type { Message } from '../../worker/contract/message.ts'
import type {
  Delivery,
  Ingested,
  IngestRules,
  LoadedProfile,
} from '../../worker/core/ingest/delivery.ts'
import { ingest } from '../../worker/core/ingest/ingest.ts'
import { identifiersOf, type Sender } from '../../worker/core/identity/claims.ts'
import { membershipRules } from '../../worker/core/membership/rules.ts'
import { identityRules } from '../../worker/core/identity/rules.ts'
import type { Profile } from '../../worker/core/profile/profile.ts'
import { rules } from './people.ts'

export const identity = identityRules({
  workspace: { name: 'W', timeZone: 'UTC', phoneRegion: 'JP' },
  identity: { blocked: [], limits: { line_id: { max: 1 } } },
})

export const NOW_MS = Date.UTC(2026, 2, 1)
export const open: Sender = { kind: 'public', identity: 'open', proven: [] }
export const secret: Sender = { kind: 'secret' }

let ids = 0
export const newId = () => `p${++ids}`

export function delivery(
  message: Partial<Message> & { messageId: string },
  sender: Sender = open,
  atMs = NOW_MS,
): Delivery {
  const whole = { type: 'track', event: 'E', ...message } as Delivery['message']
  const identifiers = identifiersOf(whole, sender, identity)
  if ('invalid' in identifiers) throw new Error(identifiers.invalid)
  return {
    message: whole,
    identifiers,
    times: { timestampMs: atMs, originalTimestampMs: null, sentAtMs: null },
    receivedAtMs: atMs,
    source: 's',
  }
}

const ours = { ...rules(), identity, membership: membershipRules([], []) }

/** A store in memory: what a commit would leave behind. */
export function world(release: () => { readonly rules: IngestRules } = () => ({ rules: ours })) {
  const profiles = new Map<string, LoadedProfile>()
  const owners = new Map<string, string>()
  const log: Ingested['records'][number][] = []
  const send = (...deliveries: Delivery[]): Ingested => {
    const touched = new Set(
      deliveries.flatMap((d) =>
        d.identifiers.usable.flatMap((i) => owners.get(`${i.type}:${i.value}`) ?? []),
      ),
    )
    const result = ingest(
      [...touched].map((id) => profiles.get(id) as LoadedProfile),
      deliveries,
      release().rules,
      newId,
    )
    for (const { profile, expect: version, mergedInto } of result.profiles) {
      expect(profiles.get(profile.id)?.version ?? 0).toBe(version)
      profiles.set(profile.id, { profile, version: version + 1, mergedInto: mergedInto ?? null })
    }
    for (const { identifier, was, now } of result.identifiers) {
      const key = `${identifier.type}:${identifier.value}`
      expect(owners.get(key) ?? null).toBe(was)
      if (now === null) owners.delete(key)
      else owners.set(key, now)
    }
    log.push(...result.records)
    return result
  }
  const living = (): Profile[] =>
    [...profiles.values()]
      .filter(({ mergedInto }) => mergedInto === null)
      .map(({ profile }) => profile)
  return { send, owners, profiles, log, living }
}

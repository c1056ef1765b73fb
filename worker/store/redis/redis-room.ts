/** Everything on Redis behind one door, as the composition root asks for it. */
import type {
  DueProfiles,
  OutboxView,
  ProfilesById,
  ProfileScan,
  ProfileStore,
  Stocks,
} from '../../flow/ports.ts'
import type { RawProfiles } from '../../flow/replay-ports.ts'
import type { Manifests, OutboxReader } from '../../warehouse/ports.ts'
import type { Meter } from '../meter.ts'
import { redisClient } from './client.ts'
import { evictionPolicy } from './eviction.ts'
import { redisKeys } from './keys.ts'
import { redisOutbox } from './outbox-reader.ts'
import { redisOutboxView } from './outbox-view.ts'
import { profileIdOf, type ProfileIdOf } from './profile-id.ts'
import { redisProfileStore } from './profile-store.ts'
import { redisRawProfiles } from './replay-live.ts'
import type { RedisSettings } from './settings.ts'

export interface RedisRoom {
  readonly profileIdOf: ProfileIdOf
  profiles(meter: Meter): ProfileStore & ProfilesById & ProfileScan & DueProfiles & Stocks
  rawProfiles(meter: Meter): RawProfiles
  outboxView(meter: Meter): OutboxView
  /** One a shard. */
  outboxes(manifests: Manifests): readonly OutboxReader[]
  evictionPolicy(): Promise<string>
}

/** @param idKey keys the ids of new profiles; with another one, people known before cost a trip more */
export function redisRoom(settings: RedisSettings, idKey: string): RedisRoom {
  const redis = redisClient(settings)
  const keys = redisKeys(settings.prefix)
  const idOf = profileIdOf(idKey)
  return {
    profileIdOf: idOf,
    profiles: (meter) => redisProfileStore(redis, keys, idOf, meter),
    rawProfiles: (meter) => redisRawProfiles(redis, keys, meter),
    outboxView: (meter) => redisOutboxView(redis, keys, meter),
    outboxes: (manifests) =>
      Array.from({ length: settings.outboxShards }, (_, shard) =>
        redisOutbox(redis, keys, shard, manifests),
      ),
    evictionPolicy: () => evictionPolicy(redis, { trips: 0 }),
  }
}

/**
 * Every Redis key, and how a profile is written. The prose beside it: docs/storage-redis.md
 *
 *     <prefix>i:<type>:<value>    profileId that owns the identifier
 *     <prefix>p:<profileId>       <version>|<commitId>@<position>|<mergedInto>|<json>
 *     <prefix>o:<shard>           outbox: a stream, entries <position>-0 of t (receivedAt, ms) and b (body)
 *     <prefix>n:<shard>           the last position given out
 *     <prefix>s:<action>          how many of it were served, where there are only so many
 *     <prefix>d:<0 to 15>         sorted set: profileId by when time alone may change a membership
 */
import { murmur3 } from '../../core/hash.ts'
import { identifierKey, type Identifier } from '../../core/identity/identifier.ts'
import type { LoadedProfile } from '../../core/ingest/delivery.ts'
import { profileText } from '../../core/profile/stored.ts'
import { profileOf } from '../stored-document.ts'

export interface RedisKeys {
  identifier(identifier: Identifier): string
  profile(profileId: string): string
  /** What SCAN finds all profiles by. */
  readonly everyProfile: string
  outbox(shard: number): string
  lastPosition(shard: number): string
  /** Of an action of which there are only so many. */
  stock(action: string): string
  /** Where somebody who will be due is listed. */
  due(profileId: string): string
  readonly everyDue: readonly string[]
}

/** As many as commits should not wait for each other at; never to be changed: ids would move. */
const DUE_SETS = 16

export const redisKeys = (prefix: string): RedisKeys => ({
  identifier: (identifier) => `${prefix}i:${identifierKey(identifier)}`,
  profile: (profileId) => `${prefix}p:${profileId}`,
  everyProfile: `${prefix.replaceAll(/[*?[\]\\]/g, '\\$&')}p:*`,
  outbox: (shard) => `${prefix}o:${shard}`,
  lastPosition: (shard) => `${prefix}n:${shard}`,
  stock: (action) => `${prefix}s:${action}`,
  due: (profileId) => `${prefix}d:${murmur3(profileId) % DUE_SETS}`,
  everyDue: Array.from({ length: DUE_SETS }, (_, i) => `${prefix}d:${i}`),
})

/** What stands behind the second bar; the script writes what stands before it and reads only that. */
export const profileTail = ({
  profile,
  mergedInto,
}: Pick<LoadedProfile, 'profile' | 'mergedInto'>): string =>
  `${mergedInto ?? ''}|${profileText(profile)}`

const PROFILE = /^(\d+)\|[^|]*\|([^|]*)\|/

/** Throws on a text that no commit wrote. */
export function profileFrom(text: string): LoadedProfile {
  const head = PROFILE.exec(text)
  if (head === null) throw new SyntaxError('a profile key holds no profile')
  return {
    profile: profileOf(text.slice(head[0].length)),
    version: Number(head[1]),
    mergedInto: head[2] || null,
  }
}

/** A commit as the keys and arguments of its script. */
import { murmur3 } from '../../core/hash.ts'
import { bodyText, isHeavier } from '../../core/json-text.ts'
import type { EventRecord } from '../../core/record.ts'
import type { Commit } from '../../flow/ports.ts'
import { profileTail, type RedisKeys } from './keys.ts'

/** Of one outbox entry, in UTF-8. A single record may be larger. */
const ENTRY_BYTES = 262_144

export interface CommitCall {
  readonly keys: readonly string[]
  readonly args: readonly (string | number)[]
}

export function commitCall(keys: RedisKeys, outboxShards: number, commit: Commit): CommitCall {
  const { id, receivedAtMs, profiles, records, stock = [] } = commit
  const identifiers = indexChangesOf(commit)
  const [first] = profiles
  if (/[|@]/.test(id)) throw new TypeError('a commit id has neither bar nor @')
  const shard = outboxShards === 1 ? 0 : murmur3(first?.profile.id ?? id) % outboxShards
  const bodies = bodiesOf(records)
  const due = profiles.flatMap(({ profile, dueMs }) =>
    dueMs === undefined ? [] : [{ id: profile.id, key: keys.due(profile.id), dueMs }],
  )
  const dueKeys = [...new Set(due.map(({ key }) => key))]
  return {
    keys: [
      keys.outbox(shard),
      keys.lastPosition(shard),
      ...identifiers.map(({ identifier }) => keys.identifier(identifier)),
      ...profiles.map(({ profile }) => keys.profile(profile.id)),
      ...dueKeys,
      ...stock.map(({ key }) => keys.stock(key)),
    ],
    args: [
      id,
      receivedAtMs,
      bodies.length,
      identifiers.length,
      profiles.length,
      stock.length,
      ...identifiers.flatMap(({ was, now }) => [was ?? '', now ?? '']),
      ...profiles.flatMap(({ profile, expect, mergedInto }) => [
        expect,
        profileTail({ profile, mergedInto: mergedInto ?? null }),
      ]),
      ...stock.flatMap(({ take, total }) => [take, total]),
      ...due.flatMap((one) => [dueKeys.indexOf(one.key) + 1, one.id, one.dueMs ?? '']),
      ...bodies,
    ],
  }
}

/** Whatever stands there: the script does not compare. */
const UNREAD = '*'

/** Every index key that a commit looks at or writes, in the order of its script. */
export const indexChangesOf = ({ identifiers, former = [] }: Commit): Commit['identifiers'] => [
  ...identifiers,
  ...former.map(({ identifier, profileId }) => ({ identifier, was: UNREAD, now: profileId })),
]

/** Entries in order, each within its bytes. */
function bodiesOf(records: readonly EventRecord[]): string[] {
  // Nothing happened that anybody must hear of.
  if (records.length === 0) return []
  const whole = bodyText(records)
  if (records.length <= 1 || !isHeavier([whole], ENTRY_BYTES)) return [whole]
  const half = Math.ceil(records.length / 2)
  return [...bodiesOf(records.slice(0, half)), ...bodiesOf(records.slice(half))]
}

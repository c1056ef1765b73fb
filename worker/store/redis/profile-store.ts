/** Profiles on Redis: one MGET loads, one script commits. */
import { isFormer } from '../../core/identity/former.ts'
import type { LoadedProfile } from '../../core/ingest/delivery.ts'
import type { Identifier } from '../../core/identity/identifier.ts'
import type {
  CommitResult,
  DueProfiles,
  Hint,
  ProfilesById,
  ProfileScan,
  ProfileStore,
  Stocks,
} from '../../flow/ports.ts'
import type { Meter } from '../meter.ts'
import { agreeing, type Owned } from './agree.ts'
import { malformed, type RedisClient } from './client.ts'
import { commitCall, indexChangesOf } from './commit-call.ts'
import { redisDueProfiles } from './due-profiles.ts'
import { profileFrom, type RedisKeys } from './keys.ts'
import type { ProfileIdOf } from './profile-id.ts'
import { scanProfiles } from './profile-scan.ts'
import { COMMIT, READ } from './scripts.ts'

/** Whatever else a hint is, it is nobody. */
const PROFILE_ID = /^[\w-]{1,64}$/

type Texts = readonly (string | null)[]

/** @param meter counts each trip to the database */
export function redisProfileStore(
  redis: RedisClient,
  keys: RedisKeys,
  idOf: ProfileIdOf,
  meter: Meter,
): ProfileStore & ProfilesById & ProfileScan & DueProfiles & Stocks {
  const mget = async (names: readonly string[]): Promise<Texts> =>
    textsOf(
      await (redis.settings.primaryReads
        ? redis.script(meter, READ, names, [])
        : redis.command(meter, 'MGET', ...names)),
      names.length,
    )

  /** The texts of these profiles; a trip for those that are not at hand. */
  const profilesOf = async (
    ids: Iterable<string>,
    atHand: ReadonlyMap<string, string | null>,
  ): Promise<LoadedProfile[]> => {
    const wanted = [...new Set(ids)]
    const away = wanted.filter((id) => !atHand.has(id))
    const fetched = away.length === 0 ? [] : await mget(away.map((id) => keys.profile(id)))
    const found = new Map([...atHand, ...away.map((id, i) => [id, fetched[i] ?? null] as const)])
    return wanted.flatMap((id) => {
      const text = found.get(id) ?? null
      return text === null ? [] : [parsed(text)]
    })
  }

  /** Those of these keys that are there. */
  const there = async (names: readonly string[]): Promise<LoadedProfile[]> =>
    (await mget(names)).flatMap((text) => (text === null ? [] : [parsed(text)]))
  const byIds = async (ids: readonly string[]): Promise<LoadedProfile[]> =>
    ids.length === 0 ? [] : there(ids.map((id) => keys.profile(id)))

  /** Where the owners may be: read along, and used only where the index leads there. */
  const guessesOf = (identifiers: readonly Identifier[], hint: Hint): string[] => {
    const ids = new Set(identifiers.filter((one) => !isFormer(one)).map((one) => idOf(one)))
    if (typeof hint === 'string' && PROFILE_ID.test(hint)) ids.add(hint)
    return [...ids]
  }

  return {
    async load(identifiers, hint) {
      if (identifiers.length === 0) return []
      const guesses = guessesOf(identifiers, hint)
      const values = await mget([
        ...identifiers.map((identifier) => keys.identifier(identifier)),
        ...guesses.map((id) => keys.profile(id)),
      ])
      const index = identifiers.map((identifier, i): Owned => [identifier, values[i] ?? null])
      const atHand = guesses.map((id, i) => [id, values[identifiers.length + i] ?? null] as const)
      return agreeing(
        await profilesOf(ownersIn(index), new Map(atHand)),
        // Who let something go owns nothing by it.
        index.filter(([identifier]) => !isFormer(identifier)),
      )
    },

    async commit(commit) {
      const call = commitCall(keys, redis.settings.outboxShards, commit)
      const reply = await redis.script(meter, COMMIT, call.keys, call.args)
      const ahead = indexChangesOf(commit).length
      const stock = (commit.stock ?? []).map(({ key }) => key)
      const values = conflictIn(reply, ahead + commit.profiles.length)
      if (values === null) return { done: true }
      const index = commit.identifiers.map(({ identifier }, i): Owned => [
        identifier,
        values[i] ?? null,
      ])
      const ids = commit.profiles.map(({ profile }) => profile.id)
      const atHand = ids.map((id, i) => [id, values[ahead + i] ?? null] as const)
      return {
        done: false,
        current: agreeing(await profilesOf([...ids, ...ownersIn(index)], new Map(atHand)), index),
        ...(stock.length === 0
          ? {}
          : { taken: takenFrom(stock, textsOf((reply as unknown[])[2], stock.length)) }),
      } satisfies CommitResult
    },

    taken: async (actions) =>
      actions.length === 0
        ? new Map()
        : takenFrom(actions, await mget(actions.map((action) => keys.stock(action)))),

    scan: (after, limit) => scanProfiles(redis, meter, keys, there, after, limit),

    isCursor: (text) => /^\d{1,20}$/.test(text) && BigInt(text) < 2n ** 64n,

    byIds,

    ...redisDueProfiles(redis, meter, keys, byIds),
  }
}

const takenFrom = (actions: readonly string[], counts: Texts): Map<string, number> =>
  new Map(actions.map((action, i) => [action, Number(counts[i] ?? 0)]))

const ownersIn = (index: readonly Owned[]): string[] =>
  index.flatMap(([, owner]) => (owner === null ? [] : [owner]))

/** null when the commit is done, else what its keys hold. */
function conflictIn(reply: unknown, count: number): Texts | null {
  if (!Array.isArray(reply)) throw malformed('the outcome of a commit')
  if (reply[0] === 1) return null
  if (reply[0] !== 0) throw malformed('the outcome of a commit')
  return textsOf(reply[1], count)
}

function textsOf(reply: unknown, count: number): Texts {
  const valid =
    Array.isArray(reply) &&
    reply.length === count &&
    reply.every((value) => value === null || typeof value === 'string')
  if (!valid) throw malformed(`${count} values`)
  return reply as Texts
}

function parsed(text: string): LoadedProfile {
  try {
    return profileFrom(text)
  } catch {
    throw malformed('a whole profile')
  }
}

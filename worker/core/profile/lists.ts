/**
 * Static lists that a person stands on or was taken off: what was said last
 * of each; of two things said at one moment, that they are on it.
 */
import type { EventRecord } from '../record.ts'
import { LIST_NAME_LENGTH } from './caps.ts'
import type { ListMark, Profile } from './profile.ts'

type Lists = NonNullable<Profile['lists']>

/** Positive when `a` was said after `b`. */
const compare = (a: ListMark, b: ListMark): number => a[0] - b[0] || a[1] - b[1]

function put(lists: Record<string, ListMark>, name: string, mark: ListMark): void {
  const standing = Object.hasOwn(lists, name) ? lists[name] : undefined
  if (standing === undefined || compare(mark, standing) > 0) lists[name] = mark
}

/**
 * `$list {list, in, asOfMs?}`: what an upload writes down for each person, said
 * at the moment of the record unless as of another.
 */
export function foldLists(profile: Profile, records: readonly EventRecord[]): Lists {
  const told = records.filter(({ type }) => type === '$list')
  if (told.length === 0) return profile.lists ?? {}
  const lists = { ...profile.lists }
  for (const { properties, timestampMs } of told) {
    const { list, in: isIn, asOfMs = timestampMs } = properties ?? {}
    if (typeof list !== 'string' || list.length > LIST_NAME_LENGTH) continue
    if (typeof isIn !== 'boolean' || typeof asOfMs !== 'number') continue
    put(lists, list, [asOfMs, isIn ? 1 : 0])
  }
  return lists
}

export function mergeLists(a: Profile, b: Profile): Lists {
  const lists = { ...a.lists }
  for (const [name, mark] of Object.entries(b.lists ?? {})) put(lists, name, mark)
  return lists
}

/** The `cap` lists that were told of last, and how many were dropped. */
export function keepLists(
  lists: Lists = {},
  cap: number,
): { readonly kept: Lists; readonly dropped: number } {
  const entries = Object.entries(lists)
  if (entries.length <= cap) return { kept: lists, dropped: 0 }
  entries.sort(([nameA, a], [nameB, b]) => compare(b, a) || (nameA < nameB ? -1 : 1))
  return { kept: Object.fromEntries(entries.slice(0, cap)), dropped: entries.length - cap }
}

export const isListed = ({ lists }: Profile, name: string): boolean =>
  lists !== undefined && Object.hasOwn(lists, name) && lists[name]?.[1] === 1

/** Every list that a person is on, by name. */
export const listsOf = ({ lists = {} }: Profile): readonly string[] =>
  Object.entries(lists)
    .filter(([, [, isIn]]) => isIn === 1)
    .map(([name]) => name)
    .sort()

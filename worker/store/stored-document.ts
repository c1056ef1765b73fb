/** A profile's document as it lies in a store, whichever it is. */
import type { Profile } from '../core/profile/profile.ts'
import { isOfLaterCode, storedProfile } from '../core/profile/stored.ts'
import { StoreError } from '../flow/ports.ts'

export function profileOf(text: string): Profile {
  const document: unknown = JSON.parse(text)
  // Taken for one of ours it would be misread, and then written so.
  if (isOfLaterCode(document)) throw new StoreError('a profile was written by later code than this')
  return storedProfile(document)
}

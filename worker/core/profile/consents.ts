/** Consent: the latest choice of each giver; any denial denies. It gates use, never the fold. */
import { digest } from '../hash.ts'
import type { EventRecord } from '../record.ts'
import type { Consent, Profile, WriteKey } from './profile.ts'

/** Global Privacy Control speaks to this purpose: https://www.w3.org/TR/gpc/ */
export const SALE_OR_SHARING = 'sale_or_sharing'
const PURPOSE = /^[a-z][a-z_]{0,31}$/

/** The choices a record carries, each under its "purpose/giver". */
export function* consentsOf(
  record: EventRecord,
  at: WriteKey,
): Generator<readonly [purposeAndGiver: string, consent: Consent]> {
  const giver = digest(record.anonymousId ?? record.userId ?? record.source)
  if (record.type === 'track' && record.event === '$consent') {
    for (const [purpose, granted] of Object.entries(record.properties ?? {})) {
      if (typeof granted === 'boolean' && PURPOSE.test(purpose)) {
        yield [`${purpose}/${giver}`, { granted, at }]
      }
    }
  }
  if (record.context?.['gpc'] === true) {
    yield [`${SALE_OR_SHARING}/${giver}`, { granted: false, at }]
  }
}

/** true or false as given, undefined when nobody has chosen. */
export function effectiveConsent(
  consents: Profile['consents'],
  purpose: string,
): boolean | undefined {
  let effective: boolean | undefined
  const prefix = `${purpose}/`
  for (const key in consents) {
    if (!key.startsWith(prefix)) continue
    if (consents[key]?.granted === false) return false
    effective = true
  }
  return effective
}

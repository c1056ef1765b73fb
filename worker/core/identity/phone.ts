/** Telephone numbers in the one spelling that E.164 has for each. */
import {
  parsePhoneNumberFromString,
  type CountryCode,
  type MetadataJson,
} from 'libphonenumber-js/core'
import { PHONE_METADATA } from './phone-metadata.ts'

let metadata: MetadataJson | undefined

/** `+819012345678`, with `region` for a number that names no country; null when it is none. */
export function e164(text: string, region: string): string | null {
  metadata ??= JSON.parse(PHONE_METADATA) as MetadataJson
  const phone = parsePhoneNumberFromString(
    text,
    // A number within a sentence is not the person's own.
    { defaultCountry: region as CountryCode, extract: false },
    metadata,
  )
  // Colleagues share a number and differ by extension, which E.164 does not hold.
  if (phone === undefined || phone.ext !== undefined) return null
  return phone.isPossible() ? phone.number : null
}

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
  const number = withContext(text)
  if (number === null) return null
  metadata ??= JSON.parse(PHONE_METADATA) as MetadataJson
  const phone = parsePhoneNumberFromString(
    number,
    // A number within a sentence is not the person's own.
    { defaultCountry: region as CountryCode, extract: false },
    metadata,
  )
  // Colleagues share a number and differ by extension, which E.164 does not hold.
  if (phone === undefined || phone.ext !== undefined) return null
  return phone.isPossible() ? phone.number : null
}

const CONTEXT = ';phone-context='
const LOCAL = /^tel:([^;]+);phone-context=(\+[-.()\d]+)(;.*)?$/

/**
 * https://www.rfc-editor.org/rfc/rfc3966#section-5.1.5: a number of some place,
 * and which place. Not by the library, whose pattern takes twice as long with
 * each label of a domain, and remembers from one text where to begin in the next.
 * The numbers of a domain are its own business.
 */
function withContext(text: string): string | null {
  if (!text.includes(CONTEXT)) return text
  const [, number, place, parameters = ''] = LOCAL.exec(text) ?? []
  return number === undefined ? null : `${place}${number}${parameters}`
}

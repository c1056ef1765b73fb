/** Telephone numbers read without their formats are what the whole library reads. */
import fc from 'fast-check'
import {
  getCountries,
  getExampleNumber,
  parsePhoneNumberFromString,
  type CountryCode,
} from 'libphonenumber-js/min'
import examples from 'libphonenumber-js/mobile/examples'
import { describe, expect, it, test } from 'vitest'
import { e164 } from '../../worker/core/identity/phone.ts'

const REGIONS = getCountries()

function byTheLibrary(text: string, region: CountryCode): string | null {
  const phone = parsePhoneNumberFromString(text, { defaultCountry: region, extract: false })
  if (phone === undefined || phone.ext !== undefined) return null
  return phone.isPossible() ? phone.number : null
}

test('an example of every country, as it is written at home and abroad', () => {
  let spoken = 0
  for (const region of REGIONS) {
    const example = getExampleNumber(region, examples)
    if (example === undefined) continue
    for (const text of [example.formatNational(), example.formatInternational(), example.number]) {
      expect(e164(text, region), `${region} ${text}`).toBe(example.number)
      spoken++
    }
  }
  expect(spoken).toBeGreaterThan(700)
})

const digits = fc.string({
  unit: fc.constantFrom(...'0123456789'),
  minLength: 6,
  maxLength: 15,
  size: 'max',
})

const typed = fc
  .tuple(fc.constantFrom('', '+', '0', '00', '010 ', '+1 ', '+44', '+7', '+800', '1-', '8'), digits)
  .chain(([prefix, number]) =>
    fc.constantFrom('', ' x12', ';ext=3').map((extension) => `${prefix}${number}${extension}`),
  )

test('whatever is typed, in every region', () => {
  let numbers = 0
  fc.assert(
    fc.property(typed, fc.constantFrom(...REGIONS), (text, region) => {
      const read = e164(text, region)
      if (read !== null) numbers++
      return read === byTheLibrary(text, region)
    }),
    { numRuns: 5000 },
  )
  expect(numbers).toBeGreaterThan(200)
})

test('a region that is none reads only numbers that name their country', () => {
  expect(e164('090 1234 5678', 'XX')).toBeNull()
  expect(e164('+81 90 1234 5678', 'XX')).toBe('+819012345678')
})

describe('a number of a place (RFC 3966)', () => {
  it.each([
    ['tel:863-1234;phone-context=+1-914', '+19148631234'],
    ['tel:9012345678;phone-context=+81', '+819012345678'],
    ['tel:9012345678;phone-context=+81;isub=5', '+819012345678'],
    ['tel:9012345678;phone-context=+81;ext=5', null],
    ['tel:9012345678;phone-context=+', null],
    ['tel:9012345678;phone-context=', null],
    ['tel:7042;phone-context=example.com', null],
    ['9012345678;phone-context=+81', null],
  ])('%s is %s, whatever was read before', (text, number) => {
    expect(e164(text, 'JP')).toBe(number)
    expect(e164('tel:1;phone-context=+8190123', 'JP')).toBeNull()
    expect(e164(text, 'JP')).toBe(number)
  })

  it('is refused at once, with however many labels of a domain', () => {
    expect(e164(`tel:1;phone-context=${'11.'.repeat(36)}!`, 'JP')).toBeNull()
  })
})

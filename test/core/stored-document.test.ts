/** What later code wrote is not taken for ours: a deployment that was rolled back breaks nobody's profile. */
import { expect, test } from 'vitest'
import { profileText } from '../../worker/core/profile/stored.ts'
import { StoreError } from '../../worker/flow/ports.ts'
import { profileFrom } from '../../worker/store/redis/keys.ts'
import { profileOf } from '../../worker/store/stored-document.ts'
import { blank } from './people.ts'

test('a document of ours is read, one of a later form is a fault of the store', () => {
  const text = profileText(blank())
  expect(profileOf(text)).toEqual(blank())
  const { schema } = blank()
  const later = JSON.stringify({ ...JSON.parse(text), schema: schema + 1 })
  expect(() => profileOf(later)).toThrow(StoreError)
  expect(() => profileFrom(`1|commit@1||${later}`)).toThrow('later code')
})

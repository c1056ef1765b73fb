/**
 * What every profile store keeps, whatever it is built on, a port at a time. One
 * suite, run against each adapter inside workerd.
 */
import { describe } from 'vitest'
import type { Identifier } from '../../worker/core/identity/identifier.ts'
import type { EventRecord } from '../../worker/core/record.ts'
import type {
  DueProfiles,
  ProfilesById,
  ProfileScan,
  ProfileStore,
  Stocks,
} from '../../worker/flow/ports.ts'
import { commitContract } from './commit-contract.ts'
import { dueContract } from './due-contract.ts'
import { loadContract } from './load-contract.ts'
import { rivalsContract } from './rivals.ts'
import { scanContract } from './scan-contract.ts'
import { stockContract } from './stock-contract.ts'

export interface StoreUnderTest {
  readonly store: ProfileStore & ProfilesById & ProfileScan & DueProfiles & Stocks
  readonly meter: { trips: number }
  /** The id that somebody new of this identifier gets. */
  readonly newId: (first: Identifier) => string
  /** Trips of a load by an identifier that the profile was not made of. */
  readonly tripsAway: 1 | 2
  /** Every record ever committed, in commit order. */
  readonly logged: () => Promise<EventRecord[]>
}

export function profileStoreContract(name: string, open: () => StoreUnderTest): void {
  describe(`${name} keeps the store's contract`, () => {
    const opened = open()
    loadContract(opened)
    commitContract(opened)
    stockContract(opened)
    dueContract(opened)
    rivalsContract(opened)
    // Its people are too heavy for the pages of others.
    scanContract(opened)
  })
}

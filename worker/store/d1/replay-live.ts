/** Documents and index on D1 as they are, for replay to compare with. */
import { identifierKey, type Identifier } from '../../core/identity/identifier.ts'
import type { RawProfiles } from '../../flow/replay-ports.ts'
import type { Meter } from '../meter.ts'
import { profileOf } from '../stored-document.ts'
import { trip } from './trip.ts'

const PROFILES = `
  SELECT version, merged_into AS mergedInto, doc FROM profile
  WHERE id IN (SELECT value FROM json_each(?1))`

const OWNERS = `
  SELECT i.type, i.value, i.profile_id AS owner FROM json_each(?1) e
  JOIN identifier i ON i.type = e.value->>'type' AND i.value = e.value->>'value'`

interface ProfileRow {
  readonly version: number
  readonly mergedInto: string | null
  readonly doc: string
}
type OwnerRow = Identifier & { readonly owner: string }

export const d1RawProfiles = (db: D1Database, meter: Meter): RawProfiles => ({
  async read(ids, identifiers) {
    const bare = identifiers.map(({ type, value }) => ({ type, value }))
    const [profiles, owners] = await trip(meter, () =>
      db.batch<ProfileRow | OwnerRow>([
        db.prepare(PROFILES).bind(JSON.stringify(ids)),
        db.prepare(OWNERS).bind(JSON.stringify(bare)),
      ]),
    )
    const people = ((profiles?.results ?? []) as ProfileRow[]).map(
      ({ version, mergedInto, doc }) => ({
        profile: profileOf(doc),
        version,
        mergedInto,
      }),
    )
    const owned = (owners?.results ?? []) as OwnerRow[]
    return {
      profiles: new Map(people.map((person) => [person.profile.id, person])),
      owners: new Map(owned.map((row) => [identifierKey(row), row.owner])),
    }
  },
})

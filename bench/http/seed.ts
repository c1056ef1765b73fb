import { profileText } from '../../worker/core/profile/stored.ts'
import type { Person } from '../shop/people.ts'
import type { Database } from './site.ts'

const AT_ONCE = 100

/** Writes people into D1 as a commit would have left them. */
export async function seed(database: Database, people: readonly Person[]): Promise<void> {
  for (let from = 0; from < people.length; from += AT_ONCE) {
    const some = people.slice(from, from + AT_ONCE)
    await database.batch(
      some.flatMap(({ anonymousId, profile }) => [
        database
          .prepare('INSERT INTO profile (id, version, doc) VALUES (?1, 1, ?2)')
          .bind(profile.id, profileText(profile)),
        database
          .prepare('INSERT INTO identifier (type, value, profile_id) VALUES (?1, ?2, ?3)')
          .bind('anonymous_id', anonymousId, profile.id),
      ]),
    )
  }
}

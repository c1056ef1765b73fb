import { env } from 'cloudflare:workers'
import type { Spoil } from './replay-site.ts'

const sql = (text: string, ...values: (string | null)[]) =>
  env.DB.prepare(text)
    .bind(...values)
    .run()

/** People on D1, past the worker. */
export const d1Spoil: Spoil = {
  variables: {},
  empty: async () => {
    await env.DB.batch(
      ['profile', 'identifier'].map((table) => env.DB.prepare(`DELETE FROM ${table}`)),
    )
  },
  emptyOutbox: async () => void (await sql('DELETE FROM outbox')),
  dropProfile: async (id) => void (await sql('DELETE FROM profile WHERE id = ?1', id)),
  putProfile: async (id, profile) =>
    void (await sql('UPDATE profile SET doc = ?2 WHERE id = ?1', id, JSON.stringify(profile))),
  addProfile: async (id, profile) =>
    void (await sql(
      'INSERT INTO profile (id, version, doc) VALUES (?1, 1, ?2)',
      id,
      JSON.stringify(profile),
    )),
  setOwner: async (type, value, owner) => {
    if (owner === null) {
      await sql('DELETE FROM identifier WHERE type = ?1 AND value = ?2', type, value)
    } else {
      await sql(
        `INSERT INTO identifier (type, value, profile_id) VALUES (?1, ?2, ?3)
         ON CONFLICT (type, value) DO UPDATE SET profile_id = ?3`,
        type,
        value,
        owner,
      )
    }
  },
}

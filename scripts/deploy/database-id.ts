/** wrangler.toml, with the id of an environment's database written into it. */

/** Unchanged if the id is there already. Throws if the environment names no database. */
export function withDatabaseId(toml: string, environment: string, id: string): string {
  const pattern = new RegExp(
    `(\\[\\[env\\.${environment}\\.d1_databases\\]\\][^[]*?\\bdatabase_id\\s*=\\s*")[^"]*(")`,
  )
  if (!pattern.test(toml)) {
    throw new Error(`wrangler.toml has no database_id under [[env.${environment}.d1_databases]].`)
  }
  return toml.replace(pattern, (_, before: string, after: string) => `${before}${id}${after}`)
}

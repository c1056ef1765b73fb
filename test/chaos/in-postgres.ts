/** What the PostgreSQL sink has got. */
import pg from 'pg'

/** Every messageId, repeats included. */
export async function messagesIn({ url }: { readonly url: string }): Promise<string[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query<{ message_id: string }>(
      'SELECT message_id FROM tsugi.events',
    )
    return rows.map((row) => row.message_id)
  } finally {
    await client.end()
  }
}

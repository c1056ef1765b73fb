/** What ours wrote, handed to the floor: so both read and write the same bytes. */
import type { RedisProcess } from '../http/redis-process.ts'
import type { Database } from '../http/site.ts'

interface Written {
  /** Of a commit's outbox entry, and of a person's document on the average. */
  readonly outboxBytes: number
  readonly profileBytes: number
}

export interface Room {
  /**
   * Gives each of the floor's people a copy of the document of one of ours.
   * @param people ours are those before this number, the floor's as many from there on
   */
  copied(people: number): Promise<Written>
}

export const anonymousIdOf = (n: number): string =>
  `0b7c1e8a-33d2-4c5e-9f00-${String(n).padStart(12, '0')}`

const idsOf = (from: number, count: number): string[] =>
  Array.from({ length: count }, (_, i) => anonymousIdOf(from + i))

const meanBytes = (texts: readonly string[]): number =>
  Math.round(texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0) / texts.length)

export const d1Room = (database: Database): Room => ({
  async copied(people) {
    const { results } = await database
      .prepare(
        `SELECT p.doc FROM identifier i JOIN profile p ON p.id = i.profile_id
         WHERE i.value IN (SELECT value FROM json_each(?1)) ORDER BY i.value`,
      )
      .bind(JSON.stringify(idsOf(0, people)))
      .all<{ doc: string }>()
    const put = database.prepare(
      'UPDATE profile SET doc = ?2 WHERE id = (SELECT profile_id FROM identifier WHERE value = ?1)',
    )
    const theirs = idsOf(people, people)
    await database.batch(theirs.map((id, i) => put.bind(id, results[i]?.doc)))
    const outboxBytes = await database
      .prepare('SELECT octet_length(body) AS bytes FROM outbox ORDER BY seq DESC LIMIT 1')
      .first<number>('bytes')
    return { outboxBytes: outboxBytes ?? 0, profileBytes: meanBytes(results.map((r) => r.doc)) }
  },
})

export function redisRoom({ url, token }: RedisProcess): Room {
  const send = async <T>(...command: (string | number)[]): Promise<T> => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: JSON.stringify(command),
    })
    if (!response.ok) throw new Error(await response.text())
    return ((await response.json()) as { result: T }).result
  }
  return {
    async copied(people) {
      const ours = idsOf(0, people).map((id) => `tsugi:i:anonymous_id:${id}`)
      const owners = await send<string[]>('MGET', ...ours)
      const texts = await send<string[]>('MGET', ...owners.map((id) => `tsugi:p:${id}`))
      const theirs = idsOf(people, people).flatMap((id, i) => [
        ...[`bare:i:${id}`, owners[i] as string],
        ...[`bare:p:${id}`, texts[i] as string],
      ])
      await send('MSET', ...theirs)
      const [entry] = await send<[string, string[]][]>(
        'XREVRANGE',
        'tsugi:o:0',
        '+',
        '-',
        'COUNT',
        1,
      )
      return {
        outboxBytes: Buffer.byteLength(entry?.[1][3] ?? ''),
        profileBytes: meanBytes(texts),
      }
    },
  }
}

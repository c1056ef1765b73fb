/**
 * What every sink keeps, whatever it is built on: batches go in whole, once
 * and in order, and no value is too odd. Run by each sink's own test.
 */
import { describe, expect, test } from 'vitest'
import type { EventRecord } from '../../worker/core/record.ts'
import type { Sink, SinkBatch } from '../../worker/warehouse/sink-ports.ts'
import type { ProfileRow } from '../../worker/warehouse/snapshot-ports.ts'
import { batchOf, HOUR_MS, NINE_MS, profilesBatchOf, record } from './warehouse.ts'

export interface SinkUnderTest {
  /** Another instance on the same tables each time, as another run would have. */
  readonly open: () => Sink
  /** Rows of the events table in the order they were taken in, by the file's column names; JSON parsed. */
  readonly rows: () => Promise<Record<string, unknown>[]>
  /** Likewise of the profiles table; its day as text, YYYY-MM-DD. */
  readonly people: () => Promise<Record<string, unknown>[]>
}

let serial = 0
/** Ids that no other test uses: all share one table. */
const unique = (name: string): string => `${name}-${++serial}`

const some = (name: string, count: number, over: Partial<EventRecord> = {}): EventRecord[] =>
  Array.from({ length: count }, (_, n) => record(`${name}-${n}`, over))

export function sinkContract(name: string, { open, rows, people }: SinkUnderTest): void {
  const of = async (prefix: string): Promise<Record<string, unknown>[]> =>
    (await rows()).filter((row) => String(row['message_id']).startsWith(`${prefix}-`))
  const take = async (...batches: SinkBatch[]): Promise<string[]> => {
    const sink = open()
    const outcomes: string[] = []
    for (const batch of batches) outcomes.push(await sink.apply(batch))
    await sink.close()
    return outcomes
  }

  describe(`${name} keeps the sink's contract`, () => {
    test('takes every row of a batch, and every column as the file has it', async () => {
      const id = unique('whole')
      const full: EventRecord = {
        ...record(`${id}-0`),
        type: 'identify',
        userId: 'user-1',
        groupId: 'g',
        previousId: 'was',
        name: 'ニット',
        category: 'c',
        traits: { plan: 'pro', tags: ['a', { b: null }] },
        context: { ip: '203.0.113.7' },
        integrations: { All: false },
        originalTimestampMs: 1_772_355_600_123,
        sentAtMs: 1_772_355_600_124,
        late: true,
        claims: ['email:a@b.example'],
      }
      expect(await take(await batchOf([full, ...some(id, 2).slice(1)]))).toEqual(['applied'])
      const [first, second] = await of(id)
      expect(first).toMatchObject({
        message_id: `${id}-0`,
        type: 'identify',
        event: 'Product Viewed',
        anonymous_id: 'anon-1',
        user_id: 'user-1',
        group_id: 'g',
        previous_id: 'was',
        name: 'ニット',
        category: 'c',
        source: 'shop',
        profile_id: 'p1',
        epoch: 3,
        late: true,
        properties: { sku: 'K-1', price: 1200 },
        traits: { plan: 'pro', tags: ['a', { b: null }] },
        context: { ip: '203.0.113.7' },
        integrations: { All: false },
        claims: ['email:a@b.example'],
        original_timestamp: '2026-03-01T09:00:00.123Z',
        sent_at: '2026-03-01T09:00:00.124Z',
      })
      expect(second).toMatchObject({ user_id: null, traits: null, sent_at: null, late: false })
    })

    test('takes a batch once: again, by another run, by two at once, after a restart', async () => {
      const id = unique('once')
      const batch = await batchOf(some(id, 30))
      expect(await take(batch, batch)).toEqual(['applied', 'already'])
      expect(await take(batch)).toEqual(['already'])
      const other = await batchOf(some(unique('other'), 5))
      const outcomes = await Promise.all([take(other), take(other), take(other)])
      expect(outcomes.flat().toSorted()).toEqual(['already', 'already', 'applied'])
      expect(await of(id)).toHaveLength(30)
    })

    test('takes people as they stand into a table of their own, once', async () => {
      const id = unique('person')
      const row: ProfileRow = {
        dayMs: NINE_MS - 9 * HOUR_MS,
        takenAtMs: NINE_MS + 123,
        profileId: id,
        version: 7,
        epoch: 3,
        firstSeenMs: NINE_MS - 1,
        lastSeenMs: NINE_MS,
        identifiers: [`user_id:${id}`],
        traits: { plan: 'pro', odd: 'a\0b', none: null },
        aggregates: { views: 2.5 },
        segments: ['pro'],
        lists: [],
        consents: { email: false },
        experiments: { hero: 'b' },
      }
      const batch = await profilesBatchOf([row, { ...row, profileId: `${id}-2` }])
      expect(await take(batch, batch)).toEqual(['applied', 'already'])
      const [first, second, ...more] = (await people()).filter((one) =>
        String(one['profile_id']).startsWith(id),
      )
      expect(more).toEqual([])
      expect(first).toMatchObject({
        day: '2026-03-01',
        profile_id: id,
        epoch: 3,
        identifiers: [`user_id:${id}`],
        traits: { plan: 'pro', odd: 'a\ufffdb', none: null },
        aggregates: { views: 2.5 },
        segments: ['pro'],
        lists: [],
        consents: { email: false },
        experiments: { hero: 'b' },
      })
      expect(Number(first?.['version'])).toBe(7)
      expect(new Date(String(first?.['taken_at'])).getTime()).toBe(NINE_MS + 123)
      expect(second?.['profile_id']).toBe(`${id}-2`)
    })

    test('takes all of a batch or nothing, and can take it whole afterwards', async () => {
      const id = unique('half')
      const batch = await batchOf(some(id, 40), { rowGroupRows: 10 })
      const broken: SinkBatch = {
        ...batch,
        async *read() {
          let groups = 0
          for await (const group of batch.read()) {
            if (++groups === 3) throw new RangeError('the file ends here')
            yield group
          }
        },
      }
      const sink = open()
      await expect(sink.apply(broken)).rejects.toThrow('the file ends here')
      expect(await of(id)).toEqual([])
      expect(await sink.apply(batch)).toBe('applied')
      await sink.close()
      expect(await of(id)).toHaveLength(40)
    })

    test('keeps the order of rows within a batch and of batches', async () => {
      const id = unique('order')
      const all = some(id, 5000)
      const cuts = [0, 10, 2500, 2501, 5000]
      const batches = await Promise.all(
        cuts.slice(1).map((to, i) => batchOf(all.slice(cuts[i], to))),
      )
      await take(...batches)
      expect((await of(id)).map((row) => row['message_id'])).toEqual(
        all.map(({ messageId }) => messageId),
      )
    })

    test('takes properties that nobody has seen before, of any type, and types nobody knows', async () => {
      const id = unique('new')
      const shapes: NonNullable<EventRecord['properties']>[] = [
        { price: 1200 },
        { price: 'twelve hundred', 'new.key "quoted"': { deep: [[[]]] } },
        { price: null, '': '' },
        { price: [1200], constructor: 1 },
        {},
      ]
      const records = shapes.map((properties, n) => record(`${id}-${n}`, { properties }))
      const unknown = { ...record(`${id}-9`), type: '$nobody_knows' } as unknown as EventRecord
      await take(await batchOf([...records, unknown]))
      const stored = await of(id)
      expect(stored.slice(0, -1).map((row) => row['properties'])).toEqual(shapes)
      expect(stored.at(-1)).toMatchObject({ type: '$nobody_knows' })
    })

    test('takes the most hostile values, and loses no row to them', async () => {
      const id = unique('odd')
      const long = 'x'.repeat(1_000_000)
      const nul = 'a\0b'
      const odd: Partial<EventRecord>[] = [
        { event: nul, userId: nul, properties: { [nul]: nul, list: [nul], '\\u0000': '\\u0000' } },
        { event: 'lone \ud800', properties: { 'k\udfff': '\ud83d', fine: '🧶' } },
        {
          properties: { most: 1e308, least: 5e-324, whole: 2 ** 53, minus: -0, digits: 0.1 + 0.2 },
        },
        { event: long, userId: long, anonymousId: long, profileId: long, properties: { long } },
        { event: `'; DROP TABLE events; --`, name: '\\N', category: '\u2028\t\n\r"\\' },
        { event: '', name: '', properties: {} },
        { properties: deep(5000) },
        { timestampMs: 0, receivedAtMs: 8_640_000_000_000_000, originalTimestampMs: -8.64e15 },
        { epoch: 2_147_483_647 },
      ]
      const records = odd.map((over, n) => record(`${id}-${n}`, over))
      await take(await batchOf(records))
      const stored = await of(id)
      expect(stored).toHaveLength(odd.length)
      expect(stored[0]).toMatchObject({ event: 'a\ufffdb', user_id: 'a\ufffdb' })
      expect(stored[0]?.['properties']).toEqual({
        'a\ufffdb': 'a\ufffdb',
        list: ['a\ufffdb'],
        '\\u0000': '\\u0000',
      })
      expect(stored[1]).toMatchObject({
        event: 'lone \ufffd',
        properties: { 'k\ufffd': '\ufffd', fine: '🧶' },
      })
      expect(stored[2]?.['properties']).toEqual({
        most: 1e308,
        least: 5e-324,
        whole: 2 ** 53,
        minus: 0,
        digits: 0.1 + 0.2,
      })
      expect(stored[3]).toMatchObject({ event: long, profile_id: long, properties: { long } })
      expect(stored[4]).toMatchObject({ name: '\\N', category: '\u2028\t\n\r"\\' })
      expect(stored[5]).toMatchObject({ event: '', name: '', properties: {} })
      expect(stored[8]).toMatchObject({ epoch: 2_147_483_647 })
    })
  })
}

const deep = (levels: number): NonNullable<EventRecord['properties']> => {
  let value: unknown = 1
  for (let n = 0; n < levels; n++) value = [value]
  return { value } as NonNullable<EventRecord['properties']>
}

/** What goes into a file: any record at all, the same bytes every time. */
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, test } from 'vitest'
import { batchIdOf, pathOf } from '../../worker/warehouse/batch-id.ts'
import { encodeBatch } from '../../worker/warehouse/encode-batch.ts'
import type { OutboxEntry } from '../../worker/warehouse/ports.ts'
import { r2Bucket } from '../../worker/warehouse/r2-bucket.ts'
import { runDrain } from './jobs.ts'
import { clear, commitBody, messageIds, NINE_MS, parquetRows, record } from './warehouse.ts'

const entry = (seq: number, records: readonly unknown[]): OutboxEntry => ({
  seq,
  receivedMs: NINE_MS,
  body: JSON.stringify({ v: 1, records }),
})

async function* paged(entries: readonly OutboxEntry[], size = 100) {
  for (let i = 0; i < entries.length; i += size) yield entries.slice(i, i + size)
}

const encode = (entries: readonly OutboxEntry[], pageSize?: number) =>
  encodeBatch(
    'd1',
    { fromSeq: 1, toSeq: entries.length, hourMs: NINE_MS, entries: entries.length },
    paged(entries, pageSize),
  )

async function rowsOf(...entries: OutboxEntry[]) {
  const { file } = await encode(entries)
  return parquetRows(file.slice().buffer)
}

describe('a record', () => {
  test('fills its columns with their types', async () => {
    const [row] = await rowsOf(
      entry(7, [
        {
          type: 'group',
          messageId: 'm1',
          source: 'shop',
          profileId: 'p1',
          epoch: 12,
          anonymousId: 'a1',
          userId: 'u1',
          previousId: 'u0',
          groupId: 'g1',
          event: 'E',
          name: 'N',
          category: 'C',
          properties: { price: 1.5, tags: ['x', null] },
          traits: { plan: 'pro' },
          context: { page: { path: '/雪' } },
          integrations: { All: false },
          timestampMs: NINE_MS - 5,
          receivedAtMs: NINE_MS,
          originalTimestampMs: NINE_MS - 10,
          sentAtMs: NINE_MS - 1,
          late: true,
          preview: true,
          claims: ['email:taro@example.com'],
          identifiers: ['user_id:u1', 'anonymous_id:a1'],
          released: ['anonymous_id:a0'],
        },
      ]),
    )
    expect(row).toEqual({
      message_id: 'm1',
      type: 'group',
      event: 'E',
      anonymous_id: 'a1',
      user_id: 'u1',
      group_id: 'g1',
      previous_id: 'u0',
      name: 'N',
      category: 'C',
      source: 'shop',
      profile_id: 'p1',
      epoch: 12,
      timestamp: new Date(NINE_MS - 5),
      received_at: new Date(NINE_MS),
      original_timestamp: new Date(NINE_MS - 10),
      sent_at: new Date(NINE_MS - 1),
      late: true,
      preview: true,
      properties: '{"price":1.5,"tags":["x",null]}',
      traits: '{"plan":"pro"}',
      context: '{"page":{"path":"/雪"}}',
      integrations: '{"All":false}',
      claims: '["email:taro@example.com"]',
      identifiers: '["user_id:u1","anonymous_id:a1"]',
      released: '["anonymous_id:a0"]',
      outbox_seq: 7n,
    })
  })

  test('leaves what it lacks null, and empty is not null', async () => {
    const sparse = {
      type: 'page',
      messageId: 'm1',
      name: '',
      properties: {},
      claims: [],
      timestampMs: NINE_MS,
      receivedAtMs: NINE_MS,
    }
    const [row] = await rowsOf(entry(1, [sparse]))
    expect(row).toMatchObject({
      name: '',
      properties: '{}',
      claims: '[]',
      late: false,
      preview: false,
    })
    for (const column of ['event', 'profile_id', 'epoch', 'sent_at', 'traits', 'context']) {
      expect(row).toHaveProperty(column, null)
    }
  })

  test.each([
    ['a lone surrogate in a text', { event: 'a\ud800b' }, { event: 'a\ufffdb' }],
    [
      'a lone surrogate in JSON',
      { properties: { k: '\udfff!' } },
      { properties: '{"k":"\ufffd!"}' },
    ],
    ['a lone surrogate in a key', { traits: { '\ud83d': 1 } }, { traits: '{"\ufffd":1}' }],
    ['a pair of surrogates', { properties: { k: '😀' } }, { properties: '{"k":"😀"}' }],
    [
      'an escape that only looks so',
      { properties: { k: '\\ud800' } },
      { properties: '{"k":"\\\\ud800"}' },
    ],
    [
      'a backslash before a lone one',
      { properties: { k: '\\\ud800' } },
      { properties: '{"k":"\\\\\ufffd"}' },
    ],
    [
      'NUL and controls',
      { event: 'a\0b', properties: { k: '\0' } },
      { event: 'a\0b', properties: '{"k":"\\u0000"}' },
    ],
    [
      'huge numbers',
      { properties: { a: 1e308, b: 2 ** 53, c: 5e-324 } },
      { properties: '{"a":1e+308,"b":9007199254740992,"c":5e-324}' },
    ],
    [
      'an own __proto__',
      { properties: JSON.parse('{"__proto__":{"x":1}}') },
      { properties: '{"__proto__":{"x":1}}' },
    ],
    ['a number for a text', { event: 42, userId: false }, { event: '42', user_id: 'false' }],
    ['an object for a text', { name: { a: 1 } }, { name: '{"a":1}' }],
    ['a text for JSON', { properties: 'x' }, { properties: '"x"' }],
    ['no number for a time', { timestampMs: 'soon' }, { timestamp: new Date(NINE_MS) }],
    [
      'a time beyond time',
      { sentAtMs: 1e300, originalTimestampMs: -1e16 },
      { sent_at: null, original_timestamp: null },
    ],
    ['a time between milliseconds', { sentAtMs: 10.75 }, { sent_at: new Date(10) }],
    ['an epoch that is none', { epoch: 1.5 }, { epoch: null }],
    ['an epoch too large', { epoch: 2 ** 31 }, { epoch: null }],
    [
      'no type and no messageId',
      { type: null, messageId: null },
      { type: '$unreadable', message_id: '$unreadable:d1:1:0' },
    ],
  ])('of %s is kept', async (_, over, expected) => {
    const [row] = await rowsOf(entry(1, [{ ...record('m1'), ...over }]))
    expect(row).toMatchObject(expected)
  })

  test('whose numbers overflow is kept', async () => {
    const body = `{"v":1,"records":[{"type":"track","messageId":"m1","properties":{"n":1e400},"timestampMs":1e400}]}`
    const [row] = await rowsOf({ seq: 1, receivedMs: NINE_MS, body })
    expect(row).toMatchObject({ properties: '{"n":null}', timestamp: new Date(NINE_MS) })
  })

  test('nested beyond the stack is kept as text, beside its neighbours', async () => {
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`
    const body = `{"v":1,"records":[{"type":"track","messageId":"m1","properties":{"n":${deep}},"timestampMs":1},{"type":"track","messageId":"m2","timestampMs":1}]}`
    const rows = await rowsOf({ seq: 1, receivedMs: NINE_MS, body })
    expect(rows.map((row) => row['message_id'])).toEqual(['m1', 'm2'])
    const text = rows[0]!['properties'] as string
    expect(text.includes(deep)).toBe(true)
  })
})

describe('a body that is no OutboxBody', () => {
  test.each(['', 'not json', 'null', '[]', '{"v":2}', '{"v":1,"records":{}}', '"\\ud800"'])(
    '%j is kept as one row',
    async (body) => {
      const rows = await rowsOf({ seq: 9, receivedMs: NINE_MS, body })
      expect(rows).toHaveLength(1)
      expect(rows[0]).toMatchObject({
        type: '$unreadable',
        message_id: '$unreadable:d1:9',
        received_at: new Date(NINE_MS),
        timestamp: new Date(NINE_MS),
        outbox_seq: 9n,
      })
      expect(JSON.parse(rows[0]!['properties'] as string)).toEqual({ body })
    },
  )

  test('a record that is no object does not take the others with it', async () => {
    const rows = await rowsOf(entry(2, [null, record('m1'), 5]))
    expect(rows.map((row) => row['message_id'])).toEqual([
      '$unreadable:d1:2:0',
      'm1',
      '$unreadable:d1:2:2',
    ])
  })

  test('does not stall the outbox', async () => {
    await clear()
    await commitBody(NINE_MS, 'broken')
    await commitBody(NINE_MS, JSON.stringify({ v: 1, records: [record('m1')] }))
    expect(await runDrain()).toMatchObject({ batches: 1, rows: 2, backlogRows: 0 })
    expect(await messageIds()).toEqual(['$unreadable:d1:1', 'm1'])
  })
})

describe('a file', () => {
  const entries = Array.from({ length: 2500 }, (_, n) =>
    entry(n + 1, [
      record(`m${n}`, {
        event: ['Product Viewed', 'Order Completed', 'Added'][n % 3]!,
        timestampMs: NINE_MS - ((n * 7919) % 2500),
        properties: { n, text: '雪'.repeat(n % 50) },
      }),
    ]),
  )

  test('has the same name and bytes every time, however the outbox was paged', async () => {
    const [first, again, otherwise] = await Promise.all([
      encode(entries),
      encode(entries),
      encode(entries, 7),
    ])
    expect(again).toEqual(first)
    expect(otherwise).toEqual(first)
    expect(first).toMatchObject({ batch: { rows: 2500 }, entries: 2500 })
  })

  test('has another name when one byte of one body is another', async () => {
    const { body } = entries[1234]!
    const other = entries.with(1234, { ...entries[1234]!, body: body.replace('shop', 'shoq') })
    const [first, second] = await Promise.all([encode(entries), encode(other)])
    expect(second.batch.batchId).not.toBe(first.batch.batchId)
    expect(second.batch.batchId.slice(0, 34)).toBe(first.batch.batchId.slice(0, 34))
  })

  test('holds its rows in the order they were committed', async () => {
    const rows = await rowsOf(...entries)
    expect(rows.map((row) => row['message_id'])).toEqual(entries.map((_, n) => `m${n}`))
    expect(rows.map((row) => row['outbox_seq'])).toEqual(entries.map(({ seq }) => BigInt(seq)))
  })
})

test('names sort as their positions do, under the hour in UTC', async () => {
  const file = Uint8Array.from([97, 98, 99])
  const range = { fromSeq: 9, toSeq: 10, hourMs: NINE_MS, entries: 2 }
  const id = await batchIdOf('d1', range, file)
  // SHA-256("abc") = ba7816bf…
  expect(id).toBe('d1-000000000000009-000000000000010-ba7816bf8f01cfea414140de5dae2223')
  expect(id < (await batchIdOf('d1', { ...range, fromSeq: 10, toSeq: 11 }, file))).toBe(true)
  expect(pathOf(Date.UTC(2026, 11, 31, 23), id)).toBe(`events/dt=2026-12-31/hour=23/${id}.parquet`)
})

describe('the bucket', () => {
  beforeEach(clear)
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

  test('keeps the first file put under a path and answers its size', async () => {
    const bucket = r2Bucket(env.BUCKET)
    expect(await bucket.putIfAbsent('events/x', bytes('first'), { batchId: 'b1' })).toBe(5)
    expect(await bucket.putIfAbsent('events/x', bytes('another'), { batchId: 'b2' })).toBe(5)
    const object = (await env.BUCKET.get('events/x'))!
    expect(await object.text()).toBe('first')
    expect(object.customMetadata).toEqual({ batchId: 'b1' })
    expect(object.httpMetadata?.contentType).toBe('application/vnd.apache.parquet')
  })

  test('lets one of many racing puts win', async () => {
    const bucket = r2Bucket(env.BUCKET)
    const sizes = await Promise.all(
      [1, 22, 333, 4444].map((n) => bucket.putIfAbsent('events/x', bytes(`${n}`), {})),
    )
    expect(new Set(sizes).size).toBe(1)
    expect((await env.BUCKET.head('events/x'))!.size).toBe(sizes[0])
  })
})

/** What a sink does not get to see. */
import { expect, test } from 'vitest'
import { OPTIONAL_COLUMNS } from '../../worker/contract/warehouse.ts'
import { PROFILE_COLUMNS, RECORD_COLUMNS } from '../../worker/warehouse/columns.ts'
import { redacted } from '../../worker/warehouse/redact.ts'
import type { Cell, SinkBatch } from '../../worker/warehouse/sink-ports.ts'

const KEY = 'a-key-for-tests-of-32-characters-at-least'
const encoder = new TextEncoder()
const decoder = new TextDecoder()

type Row = Readonly<Record<string, unknown>>
const TEXT = [
  'type',
  'user_id',
  'anonymous_id',
  'previous_id',
  'group_id',
  'message_id',
  'profile_id',
]

function batchOf(rows: readonly Row[]): SinkBatch {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))]
  const cell = (name: string, value: unknown): Cell => {
    if (value === undefined || value === null) return null
    return encoder.encode(
      typeof value === 'string' && TEXT.includes(name) ? value : JSON.stringify(value),
    )
  }
  const columns = new Map(names.map((name) => [name, rows.map((row) => cell(name, row[name]))]))
  return {
    batchId: 'b',
    table: 'events',
    rows: rows.length,
    async *read() {
      yield { rows: rows.length, columns }
    },
  }
}

async function seen(
  rows: readonly Row[],
  rules: { leaveOut?: string[]; hmac?: string[]; hmacKey?: string },
): Promise<Row[]> {
  const batch = redacted(batchOf(rows), {
    leaveOut: [],
    hmac: [],
    hmacKey: KEY,
    phoneRegion: 'JP',
    ...rules,
  })
  const found: Row[] = []
  for await (const { rows: count, columns } of batch.read()) {
    for (let row = 0; row < count; row++) {
      const read = [...columns].map(([name, cells]) => {
        const value = cells[row]
        const text = value instanceof Uint8Array ? decoder.decode(value) : null
        return [name, text === null || TEXT.includes(name) ? text : (JSON.parse(text) as unknown)]
      })
      found.push(Object.fromEntries(read) as Row)
    }
  }
  return found
}

const event: Row = {
  type: 'track',
  message_id: 'm1',
  user_id: 'u1',
  anonymous_id: 'a1',
  properties: { email: 'Taro@Example.com', card: { number: '4242', brand: 'visa' }, total: 3 },
  traits: { email: 'taro@example.com', plan: 'pro' },
  context: { ip: '203.0.113.7', traits: { phone: '090-1234-5678' }, page: { url: '/' } },
  claims: ['email:taro@example.com', 'phone:+819012345678', 'user_id:u1'],
}

test('without rules a batch is handed on as it is', () => {
  const batch = batchOf([event])
  const rules = { leaveOut: [], hmac: [], hmacKey: '', phoneRegion: 'JP' }
  expect(redacted(batch, rules)).toBe(batch)
})

test('columns and keys are left out, in lists too, and what is not there is no fault', async () => {
  const list = { ...event, properties: { card: [{ number: 1, brand: 'x' }, 7, null] } }
  const leaveOut = ['context.ip', 'properties.card.number', 'user_id', 'traits', 'name.x', 'event']
  const [one, two] = await seen([event, list], { leaveOut })
  expect(one).not.toHaveProperty('user_id')
  expect(one).not.toHaveProperty('traits')
  expect(one).toMatchObject({ message_id: 'm1', anonymous_id: 'a1' })
  expect(one?.['context']).toEqual({ traits: { phone: '090-1234-5678' }, page: { url: '/' } })
  expect(one?.['properties']).toEqual({ ...(event['properties'] as Row), card: { brand: 'visa' } })
  expect(two?.['properties']).toEqual({ card: [{ brand: 'x' }, 7, null] })
})

test('an identifier has one HMAC wherever it stands and however it was typed', async () => {
  const [row] = await seen([event], { hmac: ['email', 'phone', 'user_id'] })
  const { properties, traits, context, claims } = row as Record<string, Row & string[]>
  const email = String(properties?.['email'])
  expect(email).toMatch(/^[0-9a-f]{64}$/)
  expect(traits).toEqual({ email, plan: 'pro' })
  const { phone } = (context?.['traits'] ?? {}) as { phone: string }
  expect(phone).toMatch(/^[0-9a-f]{64}$/)
  expect(claims).toEqual([
    `email:${email}`,
    `phone:${phone}`,
    `user_id:${String(row?.['user_id'])}`,
  ])
  expect(row?.['anonymous_id']).toBe('a1')
  expect(properties?.['total']).toBe(3)
})

test('another key, another type: another HMAC', async () => {
  const same = { ...event, user_id: 'x', group_id: 'x' }
  const hmac = ['user_id', 'group_id']
  const [one] = await seen([same], { hmac })
  const [other] = await seen([same], { hmac, hmacKey: `${KEY}!` })
  expect(one?.['user_id']).not.toBe(one?.['group_id'])
  expect(one?.['user_id']).not.toBe(other?.['user_id'])
})

test('of our own records identifiers are found at any depth, and whole documents are left out', async () => {
  const merge = {
    type: '$merge',
    message_id: '$merge:1',
    properties: {
      survivor: 'p1',
      documents: [{ traits: { email: 'taro@example.com' } }],
      moved: [{ identifier: { type: 'email', value: 'Taro@example.com ' } }],
      kept: { type: 'city', value: 'Kyoto' },
    },
    identifiers: ['email:taro@example.com', 'anonymous_id:a1'],
  }
  const [row] = await seen([merge], { hmac: ['email'] })
  const text = JSON.stringify(row)
  expect(text.toLowerCase()).not.toContain('taro')
  const { properties, identifiers } = row as { properties: Row; identifiers: string[] }
  const [first] = identifiers
  expect(properties).toEqual({
    survivor: 'p1',
    moved: [{ identifier: { type: 'email', value: first?.slice('email:'.length) } }],
    kept: { type: 'city', value: 'Kyoto' },
  })
  expect(identifiers[1]).toBe('anonymous_id:a1')
})

test('what a decision drew lots by is an identifier too', async () => {
  const decision: Row = {
    type: '$decision',
    message_id: '$decision:q:@1',
    anonymous_id: 'a1',
    properties: { question: 'q:', line: { v: 2, splitKey: 'anonymous_id:a1', order: 'vt' } },
  }
  const [row] = await seen([decision], { hmac: ['anonymous_id'] })
  const told = row?.['properties'] as { line: { splitKey: string } } | undefined
  expect(told?.line.splitKey).toBe(`anonymous_id:${row?.['anonymous_id'] as string}`)
  expect(JSON.stringify(row)).not.toContain('a1"')
  const [other] = await seen([decision], { hmac: ['email'] })
  expect(other).toEqual(decision)
  // In an event of a site it is a word like any other.
  const theirs = { ...event, properties: { splitKey: 'anonymous_id:a1' } }
  const [kept] = await seen([theirs], { hmac: ['anonymous_id'] })
  expect(kept?.['properties']).toEqual({ splitKey: 'anonymous_id:a1' })
})

test('of a person every JSON column is looked into', async () => {
  const person = {
    profile_id: 'p1',
    aggregates: { 'last-email': 'taro@example.com', email: 'taro@example.com', spent: 3 },
    consents: { email: true, sms: false },
    experiments: { secret: 'b', hero: 'a' },
    segments: ['pro'],
    lists: ['news'],
  }
  const leaveOut = ['aggregates.last-email', 'experiments.secret', 'consents.sms']
  const [row] = await seen([person], { leaveOut, hmac: ['email'] })
  expect(row).toEqual({
    ...person,
    aggregates: { email: expect.stringMatching(/^[0-9a-f]{64}$/) as unknown, spent: 3 },
    consents: { email: true },
    experiments: { hero: 'a' },
  })
})

const json = [...Object.values(RECORD_COLUMNS), ...Object.values(PROFILE_COLUMNS)].flatMap(
  ({ name, kind }) => (kind === 'json' ? [name] : []),
)
test.each([...new Set(json)])('a key of %s is left out', async (name) => {
  const [row] = await seen([{ message_id: 'x', [name]: { a: { b: 1, c: 2 } } }], {
    leaveOut: [`${name}.a.b`],
  })
  expect(row?.[name]).toEqual({ a: { c: 2 } })
})

test('what nobody can look into is not handed over', async () => {
  const unreadable = {
    type: '$unreadable',
    message_id: 'x',
    properties: { body: 'taro@example.com' },
  }
  const [row] = await seen([unreadable], { leaveOut: ['context.ip'] })
  expect(row).toMatchObject({ message_id: 'x', properties: null })
})

test('whatever may be left out is a column that may be null, and there is no other', () => {
  const columns = [...Object.values(RECORD_COLUMNS), ...Object.values(PROFILE_COLUMNS)]
  const optional = columns.flatMap((column) => ('required' in column ? [] : [column.name]))
  expect([...OPTIONAL_COLUMNS].sort()).toEqual([...new Set(optional)].sort())
})

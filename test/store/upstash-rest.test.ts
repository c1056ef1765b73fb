/** We ask Upstash what its own client would, byte for byte, and make the same of each answer. */
import { Redis } from '@upstash/redis/cloudflare'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { upstashRest, type Command } from '../../worker/store/redis/upstash-rest.ts'

const settings = { url: 'https://eu1-fine-cat-1.upstash.io/', token: 'a token', timeoutMs: 1234 }

/** With all that a store cannot use turned off: docs/decisions/013-redis-store.md */
const theirs = () =>
  new Redis({
    ...settings,
    automaticDeserialization: false,
    retry: { retries: 0 },
    signal: () => AbortSignal.timeout(settings.timeoutMs),
    responseEncoding: false,
    enableTelemetry: false,
    enableAutoPipelining: false,
  })

interface Asked {
  readonly url: string
  readonly method: string | undefined
  readonly headers: readonly (readonly [string, string])[]
  readonly body: unknown
}

/** What was asked, of a server that answers as it is told, one answer after the other. */
function answering(...answers: readonly Response[]): Asked[] {
  const asked: Asked[] = []
  vi.stubGlobal('fetch', async (url: string, { method, headers, body }: RequestInit) => {
    asked.push({ url, method, headers: [...new Headers(headers)], body })
    const answer = answers[asked.length - 1]
    if (answer === undefined) throw new TypeError('network is away')
    return answer.clone()
  })
  return asked
}

afterEach(() => void vi.unstubAllGlobals())

const outcome = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    (value) => ({ value }),
    () => 'fails',
  )

const json = (body: unknown, status = 200, token = ''): Response =>
  Response.json(body, { status, headers: token === '' ? {} : { 'upstash-sync-token': token } })

const COMMAND: Command = ['EVALSHA', 'a1', 2, 'k:é', 'k:2', '{"a":"\u2028日本"}', 0.5, '']

describe('one command', () => {
  it.each([
    ['a text that reads as JSON', json({ result: '{"a":1}' })],
    ['a number', json({ result: 12 })],
    ['nothing', json({ result: null })],
    ['a list', json({ result: [null, ['1|c||{}', 3], ''] })],
    ['an error', json({ error: 'NOSCRIPT No matching script' }, 400)],
    ['an error that says 200', json({ error: 'ERR' })],
    ['no result', json({})],
    ['no JSON', new Response('<html>bad gateway</html>', { status: 502 })],
    ['no JSON that says 200', new Response('{"result":"1|c')],
    ['no answer', undefined],
  ])('%s', async (_, answer) => {
    const answers = answer === undefined ? [] : [answer]
    const askedByThem = answering(...answers)
    const ofThem = await outcome(theirs().exec([...COMMAND]))
    const askedByUs = answering(...answers)
    const ofUs = await outcome(upstashRest(settings).command(COMMAND))
    expect(ofUs).toEqual(ofThem)
    // No other try: whether that is safe is for the flow to say.
    expect(askedByUs).toHaveLength(1)
    expect(askedByUs).toEqual(askedByThem.slice(0, 1))
    expect(askedByUs[0]?.headers).toContainEqual(['authorization', 'Bearer a token'])
  })
})

describe('a pipeline', () => {
  it.each([
    ['answers in order', json([{ result: ['a', null] }, { result: 3 }])],
    ['one that failed', json([{ result: ['a', null] }, { error: 'WRONGTYPE' }])],
    ['refused as a whole', json({ error: 'ERR max request size exceeded' }, 413)],
  ])('%s', async (_, answer) => {
    const askedByThem = answering(answer)
    const ofThem = await outcome(theirs().pipeline().mget('a', 'b').xlen('s').exec())
    const askedByUs = answering(answer)
    const ofUs = await outcome(
      upstashRest(settings).pipeline([
        ['mget', 'a', 'b'],
        ['XLEN', 's'],
      ]),
    )
    expect(ofUs).toEqual(ofThem)
    expect(askedByUs).toEqual(askedByThem)
  })

  it('no list is no answer', async () => {
    answering(json({ result: 'a' }))
    await expect(upstashRest(settings).pipeline([['XLEN', 's']])).rejects.toThrow('no list')
  })
})

it('the sync token of an answer goes with the next question, and one that is not told is forgotten', async () => {
  const answers = [json({ result: 1 }, 200, 'seen-1'), json({ result: 2 }), json({ result: 3 })]
  const ask = async (one: (command: Command) => Promise<unknown>): Promise<void> => {
    for (const key of ['a', 'b', 'c']) await one(['GET', key])
  }
  const askedByThem = answering(...answers)
  const client = theirs()
  await ask(([name, key]) => client.exec([name, key as string]))
  const askedByUs = answering(...answers)
  await ask(upstashRest(settings).command)
  expect(askedByUs).toEqual(askedByThem)
  const tokens = askedByUs.map(({ headers }) => new Map(headers).get('upstash-sync-token'))
  expect(tokens).toEqual(['', 'seen-1', ''])
})

it('an error holds nothing of what was asked or answered', async () => {
  answering(new Response('{"result":"secret'))
  const failed = await upstashRest(settings).command(['GET', 'secret']).catch(String)
  expect(failed).toBe('Error: its answer is no JSON')
})

it.each(['', 'redis://eu1.upstash.io:6379', 'eu1.upstash.io'])('%j is no address', (url) => {
  expect(() => upstashRest({ ...settings, url })).toThrow('UPSTASH_REDIS_REST_URL')
})

/** Bodies that lie about themselves, never end, break off or are not what they seem. */
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { SECRET_KEY } from './site/configuration.ts'
import { chunk, postHead, rawRequest, type RawAnswer } from './site/raw-http.ts'
import { startSite, type Site } from './site/site.ts'

let site: Site
beforeAll(async () => {
  site = await startSite()
})
afterAll(() => site?.stop())

const event = (messageId: string, more: object = {}): string =>
  JSON.stringify({ userId: 'uploader', event: 'Uploaded', messageId, ...more })
const head = (...headers: string[]): string => postHead('/v1/track', SECRET_KEY, ...headers)
const length = (text: string | Uint8Array): string => `Content-Length: ${Buffer.byteLength(text)}`
const CHUNKED = 'Transfer-Encoding: chunked'

const expectProblem = (answer: RawAnswer | null, status: number, code: string): void => {
  expect(answer).toMatchObject({ status, body: { status, code, requestId: expect.any(String) } })
}

describe('an upload that is refused or lost leaves nothing behind', () => {
  let before: number
  beforeEach(async () => {
    before = await site.outboxSize()
  })
  afterEach(async () => {
    expect(await site.outboxSize()).toBe(before)
    expect((await site.get('/healthz')).status).toBe(200)
  })

  it('counts the bytes of a chunked body, which tells no length', async () => {
    const answer = await rawRequest(site.url, [
      head(CHUNKED),
      ...Array.from({ length: 9 }, () => chunk('x'.repeat(64_000))),
      chunk(''),
    ])
    expectProblem(answer, 413, 'body_too_large')
  })

  it('answers a body that never ends, and reads no further', async () => {
    let pieces = 0
    const answer = await rawRequest(
      site.url,
      (async function* () {
        yield head(CHUNKED)
        for (; pieces < 1000; pieces++) {
          yield chunk('x'.repeat(64_000))
          await sleep(2)
        }
      })(),
    )
    expectProblem(answer, 413, 'body_too_large')
    expect(pieces).toBeLessThan(1000)
  })

  it('takes nothing of a body that is shorter than it claims', async () => {
    const body = event('short')
    const answer = await rawRequest(
      site.url,
      [head(`Content-Length: ${body.length + 100}`), body],
      'end',
    )
    expect(answer === null || answer.status >= 400).toBe(true)
  })

  it('takes nothing of an upload that breaks off', async () => {
    const body = event('broken-off', { properties: { text: 'x'.repeat(20_000) } })
    await rawRequest(site.url, [head(length(body)), body.slice(0, 15_000)], 'vanish')
    await rawRequest(site.url, [head(CHUNKED), chunk(event('no-last-chunk'))], 'vanish')
    await sleep(300)
  })

  it('cuts a body that is longer than it claims where it claims to end', async () => {
    const body = event('long')
    const answer = await rawRequest(site.url, [head(`Content-Length: ${body.length - 10}`), body])
    expectProblem(answer, 400, 'invalid_json')
  })

  it('refuses a body with two framings, so that no request hides in another', async () => {
    const body = event('smuggled')
    const hidden = `${postHead('/v1/track', SECRET_KEY, length(body))}${body}`
    const answer = await rawRequest(site.url, [
      head(CHUNKED, 'Content-Length: 5'),
      chunk(''),
      hidden,
    ])
    expect(answer === null || answer.status === 400).toBe(true)
  })

  it('does not inflate a compressed body', async () => {
    const body = gzipSync(event('zipped'))
    const answer = await rawRequest(site.url, [head(length(body), 'Content-Encoding: gzip'), body])
    expectProblem(answer, 400, 'invalid_json')
  })

  it('refuses UTF-16 and bytes that are no text', async () => {
    for (const body of [Buffer.from(event('utf-16'), 'utf16le'), Buffer.from([0xff, 0xfe, 0x00])]) {
      expectProblem(await rawRequest(site.url, [head(length(body)), body]), 400, 'invalid_json')
    }
  })

  const nested: readonly (readonly [string, string])[] = [
    ['10,000 objects', '{"a":'.repeat(10_000) + '1' + '}'.repeat(10_000)],
    ['10,000 arrays', '['.repeat(10_000) + ']'.repeat(10_000)],
    ['200,000 arrays', '['.repeat(200_000) + ']'.repeat(200_000)],
    ['10,000 arrays around half an emoji', '['.repeat(10_000) + '"\\ud83d"' + ']'.repeat(10_000)],
    [
      '200,000 arrays around half an emoji',
      '['.repeat(200_000) + '"\\ud83d"' + ']'.repeat(200_000),
    ],
  ]
  for (const [name, json] of nested) {
    it(`refuses ${name}, alone and in a batch`, async () => {
      const alone = `{"userId":"u","event":"Deep","properties":{"deep":${json}}}`
      const answer = await site.post('/v1/track', alone)
      expect([answer.status, answer.body.code]).toEqual([400, 'invalid_message'])
      const { body, ...batch } = await site.post(
        '/v1/batch',
        `{"batch":[${alone.replace('{', '{"type":"track",')}]}`,
      )
      expect([batch.status, body.accepted, body.rejected?.length]).toEqual([200, 0, 1])
    })
  }
})

describe('an upload that is only slow or odd', () => {
  const events = async (): Promise<number> =>
    (await site.profile('user_id', 'uploader')).body.events?.length ?? 0

  it('is taken when it trickles in', async () => {
    const before = await events()
    const body = event('slow')
    const answer = await rawRequest(
      site.url,
      (async function* () {
        yield head(length(body))
        for (const byte of Buffer.from(body)) {
          yield Uint8Array.of(byte)
          await sleep(10)
        }
      })(),
    )
    expect(answer).toMatchObject({ status: 200, body: { success: true, accepted: 1 } })
    expect(await events()).toBe(before + 1)
  })

  it('is taken in chunks that cut a letter in two', async () => {
    const body = Buffer.from(event('cut', { properties: { name: '糸と布' } }))
    const at = body.indexOf(Buffer.from('糸')) + 1
    const answer = await rawRequest(site.url, [
      head(CHUNKED),
      `${at.toString(16)}\r\n`,
      body.subarray(0, at),
      `\r\n${(body.length - at).toString(16)}\r\n`,
      body.subarray(at),
      '\r\n',
      chunk(''),
    ])
    expect(answer).toMatchObject({ status: 200, body: { accepted: 1 } })
    const warehouse = await site.warehouse()
    expect(
      await warehouse.query(
        `SELECT properties->>'name' AS name FROM events WHERE message_id = 'cut'`,
      ),
    ).toEqual([{ name: '糸と布' }])
  })

  it('is taken with half an emoji, which becomes U+FFFD on its way', async () => {
    const { status } = await site.post(
      '/v1/track',
      '{"userId":"uploader","event":"Half \\ud83d","messageId":"half","properties":{"a\\udc00":"\\ud83d"}}',
    )
    expect(status).toBe(200)
    const warehouse = await site.warehouse()
    expect(
      await warehouse.query(
        `SELECT event, properties->>'$."a\ufffd"' AS a, json_valid(properties) AS valid
         FROM events WHERE message_id = 'half'`,
      ),
    ).toEqual([{ event: 'Half \ufffd', a: '\ufffd', valid: true }])
  })
})

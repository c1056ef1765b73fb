/** What operators ask about segments, over HTTP. */
import { beforeAll, describe, expect, it } from 'vitest'
import { admin, configuration, publish, SECRET_KEY, withKey } from './site.ts'

const see = (userId: string, n: number) =>
  withKey(SECRET_KEY, '/v1/batch', {
    batch: Array.from({ length: n }, (_, i) => ({
      type: 'track',
      event: 'Product Viewed',
      messageId: `${userId}-${i}`,
      userId,
      properties: { category: 'knitwear' },
    })),
  })

beforeAll(async () => {
  await publish(await configuration())
  for (let i = 0; i < 7; i++) await see(`person-${i}`, i)
})

describe('resegment', () => {
  it('goes through everybody in steps', async () => {
    const config = await configuration()
    await publish({
      ...config,
      segments: [
        ...(config['segments'] as object[]),
        { key: 'seen', name: 'Seen', when: { seen: 'first', exists: true } },
      ],
    })
    let entered = 0
    let cursor: string | null = null
    let steps = 0
    do {
      const { status, body } = await admin('/segments/resegment', { cursor, limit: 2 })
      expect(status).toBe(200)
      expect(body.scanned).toBeLessThanOrEqual(2)
      entered += body.entered
      cursor = body.next
      steps++
    } while (cursor !== null)
    expect([entered, steps]).toEqual([6, 4])
    expect((await admin('/segments/resegment', {})).body).toMatchObject({ changed: 0, scanned: 6 })
  })

  it('refuses what it cannot mean', async () => {
    for (const body of [
      { limit: 0 },
      { limit: 501 },
      { limit: '5' },
      { cursor: 7 },
      { cursor: '' },
      { repair: 'yes' },
      { all: true },
      [],
      'null',
      '7',
    ]) {
      const { status, body: problem } = await admin('/segments/resegment', body)
      expect([JSON.stringify(body), status, problem.code]).toEqual([
        JSON.stringify(body),
        400,
        'invalid_body',
      ])
    }
    expect((await admin('/segments/resegment', '{"__proto__": {}}')).body.code).toBe(
      'forbidden_key',
    )
    expect((await admin('/segments/resegment', '{')).body.code).toBe('invalid_json')
  })
})

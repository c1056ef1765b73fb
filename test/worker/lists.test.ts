/** Static lists over HTTP: what is taken, what is refused, and by whom. */
import { beforeAll, describe, expect, it } from 'vitest'
import {
  admin,
  ADMIN_TOKEN,
  call,
  configuration,
  profileOf,
  publish,
  SECRET_KEY,
  withKey,
  WRITE_KEY,
} from './site.ts'

beforeAll(async () => {
  await publish({
    ...(await configuration()),
    segments: [{ key: 'vips', name: 'VIPs', when: { list: 'vip' } }],
    policies: [],
  })
})

const send = (path: string, body: BodyInit, type = 'text/csv', token = ADMIN_TOKEN) =>
  call(`/admin/v1/lists/${path}`, {
    method: 'POST',
    body,
    headers: { authorization: `Bearer ${token}`, 'content-type': type },
  })
const NDJSON = 'application/x-ndjson'

describe('members', () => {
  it('as CSV: each line alone, with its number, the strongest identifier of it', async () => {
    const csv = [
      'user_id,email,Name',
      'u-1,one@example.com,"Suzuki, Ichi"',
      ',TWO@example.com,',
      ',,nobody',
      '',
      'null,,',
      ',no address,',
      'bad"quote,,',
      'u-3',
    ].join('\n')
    const { status, body } = await send('vip/members', `\uFEFF${csv}`)
    expect(status).toBe(200)
    expect(body).toMatchObject({ upload: expect.any(String), accepted: 3 })
    expect(body.errors).toEqual([
      { line: 4, wrong: expect.stringContaining('nobody is named') },
      { line: 6, wrong: 'a user_id that stands for nobody' },
      { line: 7, wrong: 'not a valid email' },
      { line: 8, wrong: expect.stringContaining('Quote') },
    ])
    for (const [type, value] of [
      ['user_id', 'u-1'],
      ['email', 'two@example.com'],
      ['user_id', 'u-3'],
    ] as const) {
      expect((await profileOf(type, value)).body).toMatchObject({
        lists: ['vip'],
        segments: { vips: true },
        firstSeen: null,
      })
    }
    // The e-mail beside a user_id is not taken: a list joins nobody.
    expect((await profileOf('email', 'one@example.com')).status).toBe(404)
  })

  it('as NDJSON, with types of one’s own', async () => {
    const lines = [
      '{"type":"member_no","value":77}',
      '',
      '{"email":"three@example.com"}',
      '{"email":',
      '[1]',
      '{"__proto__":{"user_id":"x"}}',
      '{"type":"No Type","value":"x"}',
      `{"user_id":{"$ne":1}}`,
      '{"user_id":NaN}',
      '{"user_id":1e999}',
      '{"user_id":0.5}',
      '{"user_id":true}',
      '{"user_id":["u-1"]}',
      `{"user_id":"${'x'.repeat(100_000)}"}`,
      '{"type":"constructor","value":"u-1"}',
    ].join('\r\n')
    const { body } = await send('vip/members', lines, NDJSON)
    expect(body).toMatchObject({ lines: 14, accepted: 3 })
    expect(body.errors.map(({ line }: { line: number }) => line)).toEqual([
      4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14,
    ])
    expect((await profileOf('member_no', '77')).body.lists).toEqual(['vip'])
  })

  it('alone, they are an upload of their own, which is finished', async () => {
    await send('alone/members', 'user_id\nu-1\nu-2\nnull')
    const { body } = await send('alone/members?mode=remove', 'user_id\nu-1\nnever-heard-of')
    expect(body).toMatchObject({ mode: 'remove', lines: 2, accepted: 1, errors: [] })
    expect((await profileOf('user_id', 'u-1')).body.lists).not.toContain('alone')
    expect((await profileOf('user_id', 'u-2')).body.lists).toContain('alone')
    expect((await profileOf('user_id', 'never-heard-of')).status).toBe(404)
    const { lists } = (await admin('/lists')).body
    expect(lists.find(({ list }: { list: string }) => list === 'alone')).toMatchObject({
      uploads: 2,
      last: { mode: 'remove', lines: 2, refused: 0, finishedAt: expect.any(String) },
    })
  })

  it('a quote that nobody closes is told, and the lines before it are taken', async () => {
    const { body } = await send('vip/members', 'user_id\nquoted-1\n"quoted-2\nquoted-3\n')
    expect(body).toMatchObject({
      accepted: 1,
      errors: [{ wrong: expect.stringMatching(/[Qq]uote/) }],
    })
    expect((await profileOf('user_id', 'quoted-3')).status).toBe(404)
  })

  it('under an upload: begun, sent twice, finished, and then closed', async () => {
    const begun = await admin('/lists/fans/uploads', { mode: 'replace' })
    expect([begun.status, begun.body]).toEqual([
      201,
      {
        upload: expect.any(String),
        list: 'fans',
        mode: 'replace',
        startedAt: expect.stringMatching(/Z$/),
      },
    ])
    const path = `fans/members?upload=${begun.body.upload}`
    for (let i = 0; i < 2; i++) {
      expect((await send(path, 'user_id\nu-1\nu-9')).body.accepted).toBe(2)
    }
    const finish = `/lists/fans/uploads/${begun.body.upload}/finish`
    let cursor: string | null = null
    do {
      const { status, body } = await admin(finish, { cursor, lines: 2, refused: 0 })
      expect(status).toBe(200)
      cursor = body.next
    } while (cursor !== null)
    expect((await send(path, 'user_id\nu-2')).body.code).toBe('invalid_body')
    // Asked again because its answer was lost; but not by somebody who means another upload.
    expect((await admin(finish, {})).body).toEqual({ scanned: 0, removed: 0, next: null })
    expect((await admin(finish, { mode: 'add' })).body).toMatchObject({
      code: 'invalid_body',
      field: 'mode',
    })
    const { lists } = (await admin('/lists')).body
    expect(lists.map(({ list }: { list: string }) => list)).toEqual(['alone', 'fans', 'vip'])
    expect(lists[1]).toMatchObject({
      uploads: 1,
      last: { mode: 'replace', lines: 2, refused: 0, removed: 0, finishedAt: expect.any(String) },
    })
  })

  it('a mark that marks nobody is no accepted line: somebody to whom too much happens at once', async () => {
    const batch = Array.from({ length: 1100 }, (_, i) => ({
      type: 'track',
      event: 'Tick',
      userId: 'busy',
      messageId: `busy-${i}`,
    }))
    for (let i = 0; i < 3; i++) {
      const some = batch.slice(i * 400, (i + 1) * 400)
      expect((await withKey(SECRET_KEY, '/v1/batch', { batch: some })).status).toBe(200)
    }
    const { body } = await send('calm/members', 'user_id\nu-1\nbusy\nnull\nu-3')
    expect(body).toMatchObject({
      lines: 4,
      accepted: 2,
      errors: [
        { line: 3, wrong: expect.stringContaining('again in a minute') },
        { line: 4, wrong: 'a user_id that stands for nobody' },
      ],
    })
    expect((await profileOf('user_id', 'busy')).body.lists).not.toContain('calm')
    const { lists } = (await admin('/lists')).body
    expect(lists.find(({ list }: { list: string }) => list === 'calm')).toMatchObject({
      last: { lines: 4, refused: 2 },
    })
  })

  it('are told a page at a time, by name, each list once', async () => {
    for (const list of ['page-c', 'page-a', 'page-b', 'page-a']) {
      expect((await admin(`/lists/${list}/uploads`, {})).status).toBe(201)
    }
    const page = async (after: string, limit: number) => {
      const { lists, next } = (await admin(`/lists?after=${after}&limit=${limit}`)).body
      return [lists.map(({ list }: { list: string }) => list), next]
    }
    expect(await page('page', 2)).toEqual([['page-a', 'page-b'], 'page-b'])
    expect((await page('page-b', 1))[0]).toEqual(['page-c'])
    expect(await page('vip', 1)).toEqual([[], null])
    const all = (await admin('/lists')).body
    expect(all.next).toBeNull()
    expect(all.lists.find(({ list }: { list: string }) => list === 'page-a').uploads).toBe(2)
    const wrong = [
      'limit=0',
      'limit=201',
      'limit=1.5',
      'limit=all',
      'limit=',
      'after=',
      'after=%25',
    ]
    for (const query of [...wrong, `after=${'v'.repeat(33)}`, "after=' OR 1=1 --"]) {
      const { status, body } = await admin(`/lists?${query}`)
      expect([query, status, body.code, body.field]).toEqual([
        query,
        400,
        'invalid_body',
        query.split('=')[0],
      ])
    }
  })

  it('refuses what it cannot mean', async () => {
    const many = `user_id\n${Array.from({ length: 501 }, (_, i) => `x-${i}`).join('\n')}`
    const cases: [path: string, body: BodyInit, type: string, code: string][] = [
      ['Vip/members', 'user_id\na', 'text/csv', 'invalid_body'],
      [`${'v'.repeat(33)}/members`, 'user_id\na', 'text/csv', 'invalid_body'],
      ['vip/members?mode=steal', 'user_id\na', 'text/csv', 'invalid_body'],
      ['vip/members?mode=replace', 'user_id\na', 'text/csv', 'invalid_body'],
      ['vip/members?mode=__proto__', 'user_id\na', 'text/csv', 'invalid_body'],
      ['vip/members?upload=none', 'user_id\na', 'text/csv', 'not_found'],
      ['vip/members', 'user_id\na', 'application/json', 'invalid_body'],
      ['vip/members', many, 'text/csv', 'body_too_large'],
      ['vip/members', 'x'.repeat(600_000), NDJSON, 'body_too_large'],
      ['vip/members', new Uint8Array([0x75, 0xff, 0xfe]), 'text/csv', 'invalid_body'],
      ['vip/uploads', '{"mode":"burn"}', 'application/json', 'invalid_body'],
      ['vip/uploads', '[]', 'application/json', 'invalid_body'],
      ['vip/uploads/none/finish', '{}', 'application/json', 'not_found'],
    ]
    for (const [path, body, type, code] of cases) {
      const answer = await send(path, body, type)
      expect([path, answer.body.code]).toEqual([path, code])
    }
    expect((await send('vip/members', '')).body).toMatchObject({
      lines: 0,
      accepted: 0,
      errors: [],
    })
    // An upload is of its own list only.
    const { body } = await admin('/lists/vip/uploads', {})
    expect((await send(`fans/members?upload=${body.upload}`, 'user_id\na')).body.code).toBe(
      'not_found',
    )
  })

  it('opens to the admin token only', async () => {
    for (const token of [SECRET_KEY, WRITE_KEY, 'at_demo', '']) {
      for (const path of ['vip/members', 'vip/uploads', 'vip/uploads/x/finish']) {
        expect((await send(path, 'user_id\nintruder', 'text/csv', token)).status).toBeGreaterThan(
          400,
        )
      }
      const list = await call('/admin/v1/lists', { headers: { authorization: `Bearer ${token}` } })
      expect([401, 403]).toContain(list.status)
    }
    expect((await profileOf('user_id', 'intruder')).status).toBe(404)
  })
})

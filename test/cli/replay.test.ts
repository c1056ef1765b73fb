/** `tsugi replay` against a real worker: what it tells, how it ends, what it leaves behind. */
import { expect, test } from 'vitest'
import { adminApi } from '../../cli/admin-api.ts'
import { client } from '../conformance/site/client.ts'
import { SECRET_KEY, VARS } from '../conformance/site/configuration.ts'
import { useSite } from './tsugi.ts'

const site = useSite(VARS)

const tsugi = (...args: string[]) => site.tsugi(['replay', ...args])

async function visits(people: number): Promise<void> {
  const batch = Array.from({ length: people }, (_, n) => ({
    type: 'identify',
    messageId: `visit-${n}`,
    anonymousId: `device-${n}`,
    userId: `user-${n}`,
    traits: { plan: 'pro' },
  }))
  const response = await fetch(`${site.worker.url}/v1/batch`, {
    method: 'POST',
    headers: { authorization: `Bearer ${SECRET_KEY}` },
    body: JSON.stringify({ batch }),
  })
  expect(response.status).toBe(200)
}

const api = () => adminApi({ url: site.worker.url, token: VARS.ADMIN_TOKEN })

test('before anything is published it says so', async () => {
  const { code, err } = await tsugi()
  expect(code).toBe(3)
  expect(err).toContain('(no_release)')
})

test('of a store that is as it should be: nobody differs, and nothing is left behind', async () => {
  await client(site.worker.url).publish()
  await visits(12)
  await site.worker.runScheduled()
  const { code, out, err } = await tsugi()
  expect(err).toBe('Preparing: done\n')
  expect(out).toContain('Read 1 file with 12 rows; compared 12 people with the store.')
  expect(out).toContain('Nobody differs: the store says what the log says.')
  expect(code).toBe(0)
})

test('tells who differs, as a table and as JSON, and ends with 1 until it is written', async () => {
  const database = await site.worker.database()
  await database
    .prepare(`UPDATE profile SET doc = json_set(doc, '$.traits', json('{}')) WHERE rowid <= 2`)
    .run()
  await database.prepare(`DELETE FROM identifier WHERE value = 'device-7'`).run()

  const told = await tsugi()
  expect(told.out).toMatch(
    /3 people differ: traits 2, index 1\n\nprofile +differs in\n[0-9a-f-]{36} /,
  )
  expect(told.out).toContain('give the same command with --apply')
  expect(told.code).toBe(1)

  const json = await tsugi('--json')
  expect(JSON.parse(json.out)).toMatchObject({
    state: 'done',
    different: { people: 3 },
    written: 0,
  })
  expect(json.code).toBe(1)

  const written = await tsugi('--apply')
  expect(written.out).toContain('Written: 3 people.')
  expect(written.code).toBe(0)
  expect((await tsugi()).code).toBe(0)
})

test('a wish that is none is refused before anything happens', async () => {
  for (const args of [
    ['--from', 'yesterday'],
    ['--to', '2026-13-01'],
    ['--from', '2026-11-22T25'],
    ['--applly'],
  ]) {
    expect((await tsugi(...args)).code).toBe(2)
  }
  const backwards = await tsugi('--from', '2026-11-22T09', '--to', '2026-11-22')
  expect(backwards.err).toContain('Expected a moment after "from"')
  expect(backwards.code).toBe(1)
})

test('a span reads everything and asks about those who were there', async () => {
  const today = new Date().toISOString().slice(0, 10)
  expect((await tsugi('--from', today)).out).toContain('compared 12 people')
  expect((await tsugi('--to', today)).out).toContain('compared 0 people')
})

test('one runs at a time: another wish is refused, and whatever runs can be abandoned', async () => {
  await api().beginReplay({ apply: true, from: null, to: null })
  const other = await tsugi()
  expect(other.err).toContain('go on with it as it was begun, or abandon it (replay_running)')
  expect(other.code).toBe(1)
  const abandoned = await tsugi('--abandon')
  expect(abandoned.out).toMatch(/^Run \d+ is abandoned\./)
  expect((await tsugi('--abandon')).err).toContain('no replay is running (not_found)')
  expect((await tsugi()).code).toBe(0)
})

test('stops at a file that is gone, names it, and goes on when it is back', async () => {
  const bucket = await site.worker.bucket()
  const { objects } = await bucket.list({ prefix: 'events/' })
  const { key } = objects[0]!
  const bytes = await (await bucket.get(key))!.arrayBuffer()
  await bucket.delete(key)
  const stopped = await tsugi()
  expect(stopped.err).toContain(`${key} is not in the bucket (replay_stuck)`)
  expect(stopped.err).toContain('The same command goes on from here.')
  expect(stopped.code).toBe(1)
  await bucket.put(key, bytes)
  const resumed = await tsugi()
  expect(resumed.err).toMatch(/Going on with run \d+/)
  expect(resumed.out).toContain('compared 12 people')
  expect(resumed.code).toBe(0)
})

test('begins again by itself when a release is published meanwhile', async () => {
  await api().beginReplay({ apply: false, from: null, to: null })
  await client(site.worker.url).publish()
  const { out, code } = await tsugi()
  expect(out).toContain('Nobody differs')
  expect(code).toBe(0)
})

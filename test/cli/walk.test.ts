/** What a long walk tries again, and what it does not. */
import { expect, test, vi } from 'vitest'
import { adminApi } from '../../cli/admin-api.ts'
import { decideBulk } from '../../cli/bulk-api.ts'
import { patiently } from '../../cli/walk.ts'

vi.mock('node:timers/promises', () => ({ setTimeout: async () => undefined }))

const url = 'https://tsugi.example'
const page = (status: number) => () =>
  new Response('<h1>Bad gateway</h1>', { status, headers: { 'content-type': 'text/html' } })
const problem = (status: number) => () =>
  Response.json({ code: 'x', title: 'X', status }, { status, headers: { 'x-request-id': 'r' } })
const broken = (): Response => {
  throw new TypeError('fetch failed')
}

async function triesAfter(first: () => Response): Promise<readonly [number, number]> {
  const asked = { admin: 0, bulk: 0 }
  vi.stubGlobal('fetch', async (to: string) => {
    if (to.includes('/admin/')) {
      return asked.admin++ === 0 ? first() : Response.json({}, { headers: { 'x-request-id': 'r' } })
    }
    return asked.bulk++ === 0
      ? first()
      : new Response('{"end":true}\n', { headers: { 'content-type': 'application/x-ndjson' } })
  })
  const api = adminApi({ url, token: 't' })
  const bulk = () => Array.fromAsync(decideBulk({ url, secretKey: 's' }, { placements: [] }, []))
  await Promise.allSettled([patiently(() => api.status()), patiently(bulk)])
  vi.unstubAllGlobals()
  return [asked.admin, asked.bulk]
}

test.each([
  ['no connection', broken],
  ['a gateway whose worker is away', page(502)],
  ['one that is overrun', page(503)],
  ['one that asks for patience', page(429)],
  ['a store that is away', problem(503)],
])('%s is tried again', async (_, first) => {
  expect(await triesAfter(first)).toEqual([2, 2])
})

test.each([
  ['another service', page(200)],
  ['one that has no such page', page(404)],
  ['a worker that refuses', problem(422)],
])('%s is not', async (_, first) => {
  expect(await triesAfter(first)).toEqual([1, 1])
})

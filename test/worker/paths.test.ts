/** A path may hold what routes are written with, a star or a colon: it goes the way of any other. */
import { beforeAll, expect, it, vi } from 'vitest'
import openapi from '../../docs/openapi.json' with { type: 'json' }
import { ADMIN_TOKEN, call, configuration, ORIGIN, publish } from './site.ts'

beforeAll(async () => publish(await configuration()))

/** Each segment in turn is something else. */
const spoiled = (path: string): ((by: string) => string)[] => {
  const segments = path.split('/')
  return segments.slice(1).map(
    (_, i) => (by) =>
      segments
        .with(i + 1, by)
        .join('/')
        .replaceAll(/\{\w+\}/g, 'some'),
  )
}
const ways = [
  ...new Map(
    ['/{all}', '/v1/{all}', '/ofrep/{all}', '/admin/v1/{all}', ...Object.keys(openapi.paths)]
      .flatMap(spoiled)
      .map((way) => [way(''), way]),
  ).values(),
]
/** As a request's own segment: a star, one that is escaped, and names that routes give to segments. */
const ODD = ['*', '%2A', ':type', ':writeKey', '{all}']

/** What a request brings about, less what is different at each. */
async function traceOf(path: string, method: string) {
  const spy = vi.spyOn(console, 'log').mockImplementation(() => undefined)
  try {
    const headers = { origin: ORIGIN, authorization: `Bearer ${ADMIN_TOKEN}` }
    const answer = await call(path, { method, headers })
    const told = new Map(answer.headers)
    for (const own of ['x-request-id', 'content-length', 'content-type']) told.delete(own)
    const lines = spy.mock.calls.map(([line]) => JSON.parse(line as string) as { level: string })
    return { status: answer.status, told, lines: lines.map(({ level }) => level) }
  } finally {
    spy.mockRestore()
  }
}

it('there are paths enough', () => {
  expect(ways.length).toBeGreaterThan(40)
})

it.each(ODD)('%s in a path: one line of log, one of each header', async (odd) => {
  for (const way of ways) {
    const odder = { path: way(odd), ...(await traceOf(way(odd), 'GET')) }
    expect(odder).toEqual({ path: way(odd), ...(await traceOf(way('other'), 'GET')) })
    expect([odder.path, odder.lines.length]).toEqual([odder.path, 1])
  }
})

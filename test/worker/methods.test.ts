/** A method that a path does not take is 405, and the answer names those that it takes. */
import { beforeAll, expect, it } from 'vitest'
import openapi from '../../docs/openapi.json' with { type: 'json' }
import { ADMIN_TOKEN, call, configuration, publish } from './site.ts'

beforeAll(async () => publish(await configuration()))

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']
const paths = Object.entries(openapi.paths).map(([path, operations]): [string, string[]] => [
  path,
  METHODS.filter((method) => method.toLowerCase() in operations),
])
const asAdmin = { authorization: `Bearer ${ADMIN_TOKEN}` }

it.each(paths)('%s takes %j and nothing else', async (path, taken) => {
  expect(taken.length).toBeGreaterThan(0)
  for (const method of METHODS.filter((one) => !taken.includes(one))) {
    const answer = await call(path.replaceAll(/\{\w+\}/g, 'x'), { method, headers: asAdmin })
    expect([method, answer.status, answer.body.code]).toEqual([method, 405, 'method_not_allowed'])
    const allow = answer.headers.get('allow')?.split(', ')
    for (const one of taken) expect(allow).toContain(one)
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
  }
})

it('is told of the short paths too, and to pages; who asks what there is gets it', async () => {
  const short = await call('/v1/t')
  expect([short.status, short.headers.get('allow')]).toEqual([405, 'POST, OPTIONS'])
  const asked = await call('/v1/track', { method: 'OPTIONS' })
  expect([asked.status, asked.headers.get('allow')]).toEqual([204, 'POST, OPTIONS'])
  const settings = await call('/v1/projects/x/settings', { method: 'POST', body: '{}' })
  expect(settings.headers.get('allow')).toBe('GET, HEAD, OPTIONS')
})

it('but nothing is told of what is behind a token, and what is nowhere is 404', async () => {
  for (const headers of [{}, { authorization: 'Bearer wrong' }]) {
    const answer = await call('/admin/v1/status', { method: 'DELETE', headers })
    expect([answer.status, answer.headers.get('allow')]).toEqual([401, null])
  }
  for (const method of [...METHODS, 'OPTIONS']) {
    const answer = await call('/v1/nowhere', { method })
    expect([answer.status, answer.body.detail]).toEqual([
      404,
      `${method} /v1/nowhere is no route; docs/wire.md lists them`,
    ])
  }
  const long = await call(`/v1/${'x'.repeat(5000)}`)
  expect(long.body.detail).toHaveLength(
    `GET ${'/'.repeat(200)}… is no route; docs/wire.md lists them`.length,
  )
})

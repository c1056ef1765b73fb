/** `npm start` as a newcomer meets it. */
import { expect, test } from 'vitest'
import { freePort, start, stateFolder } from './npm-start.ts'

test('ready: SDK, keys, a published demo, cron; and a clean end', async () => {
  const PORT = await freePort()
  const url = `http://127.0.0.1:${PORT}`
  const run = start({ PORT })
  await run.until('Ctrl-C ends.')
  expect(run.said()).toMatch(/wk_demo[^]*sk_demo[^]*at_demo/)

  const sdk = await fetch(`${url}/sdk/tsugi.js`)
  expect(sdk.status).toBe(200)
  expect(sdk.headers.get('access-control-allow-origin')).toBe('*')
  expect(sdk.headers.get('cache-control')).toBe('public, max-age=300, stale-while-revalidate=86400')
  expect(sdk.headers.get('content-type')).toContain('text/javascript')

  const shop = `http://127.0.0.1:${Number(PORT) + 1}`
  const page = await fetch(shop)
  expect(page.status).toBe(200)
  expect(await page.text()).toContain(`${url}/sdk/tsugi.js`)
  // On whatever port the shop is, its pages may send.
  const sent = await fetch(`${url}/v1/track`, {
    method: 'POST',
    headers: { origin: shop, 'content-type': 'text/plain' },
    body: JSON.stringify({ writeKey: 'wk_demo', anonymousId: 'a-1', event: 'Looked' }),
  })
  expect(sent.status).toBe(200)
  expect(sent.headers.get('access-control-allow-origin')).toBe(shop)

  const status = await fetch(`${url}/admin/v1/status`, {
    headers: { authorization: 'Bearer at_demo' },
  })
  expect(await status.json()).toMatchObject({ release: 1, stopped: false })
  await run.until('"job":"drain"')

  run.child.kill('SIGTERM')
  expect(await run.exit()).toBe(0)
  await expect(fetch(url)).rejects.toThrow('fetch failed')
})

test('after SIGKILL it starts again on the same port and state, and publishes nothing anew', async () => {
  const PORT = await freePort()
  const first = start({ PORT }, ['--quiet'])
  await first.until('published release 1.')
  first.child.kill('SIGKILL')
  await first.exit()
  const second = start({ PORT }, ['--quiet'])
  await second.until('Ctrl-C ends.')
  expect(second.said()).not.toContain('published release')

  const third = start({ PORT }, ['--quiet'])
  expect(await third.exit()).toBe(1)
  expect(third.said()).toContain(`Port ${PORT} is taken. Give another one: PORT=9000 npm start`)
  const fourth = start({ PORT: await freePort() }, ['--quiet'])
  expect(await fourth.exit()).toBe(1)
  expect(fourth.said()).toContain(`Another Tsugi uses the state folder ${stateFolder()}`)
})

test('--store redis: the same, with profiles and outbox in a redis-server that outlives no kill', async () => {
  const PORT = await freePort()
  const url = `http://127.0.0.1:${PORT}`
  const args = ['--quiet', '--store', 'redis']
  const first = start({ PORT }, args)
  await first.until('Ctrl-C ends.')
  expect(first.said()).toContain('appendonly, fsync always, noeviction')
  const sent = await fetch(`${url}/v1/track`, {
    method: 'POST',
    headers: { authorization: 'Bearer sk_demo' },
    body: JSON.stringify({ anonymousId: 'a-redis', event: 'Looked' }),
  })
  expect(sent.status).toBe(200)
  first.child.kill('SIGKILL')
  await first.exit()

  const second = start({ PORT }, args)
  await second.until('Ctrl-C ends.')
  const profile = await fetch(`${url}/v1/profiles/anonymous_id/a-redis`, {
    headers: { authorization: 'Bearer sk_demo' },
  })
  expect(profile.status).toBe(200)
  second.child.kill('SIGTERM')
  expect(await second.exit()).toBe(0)

  const wrong = start({}, ['--store', 'mysql'])
  expect(await wrong.exit()).toBe(2)
  expect(wrong.said()).toContain('--store is d1 or redis, not "mysql".')
})

test('--help says what it does and what can be set; a PORT that is none is refused', async () => {
  const help = start({}, ['--help'])
  expect(await help.exit()).toBe(0)
  expect(help.said()).toMatch(/PORT=[^]*TSUGI_STATE=/)
  const bad = start({ PORT: 'eighty' })
  expect(await bad.exit()).toBe(2)
  expect(bad.said()).toContain('PORT must be a number')
})

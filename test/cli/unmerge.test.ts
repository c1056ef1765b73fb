/** `tsugi unmerge` against a real worker. */
import { beforeAll, expect, test } from 'vitest'
import { DEMO_CONFIGURATION, useSite } from './tsugi.ts'

const site = useSite()
const { tsugi } = site

const asServer = { authorization: `Basic ${btoa('sk_demo:')}`, 'content-type': 'application/json' }
let n = 0
async function say(who: object): Promise<void> {
  const response = await fetch(`${site.worker.url}/v1/track`, {
    method: 'POST',
    headers: asServer,
    body: JSON.stringify({ event: 'E', messageId: `m-${++n}`, ...who }),
  })
  expect(response.status).toBe(200)
}
async function profileId(type: string, value: string): Promise<string> {
  const response = await fetch(`${site.worker.url}/v1/profiles/${type}/${value}`, {
    headers: asServer,
  })
  return ((await response.json()) as { profileId: string }).profileId
}

beforeAll(async () => {
  expect((await tsugi(['publish', DEMO_CONFIGURATION])).code).toBe(0)
})

test('two people are two again, from files and outbox, and stay so', async () => {
  await say({ anonymousId: 'kiosk' })
  await say({ anonymousId: 'phone', userId: 'ann' })
  const ann = await profileId('user_id', 'ann')
  await say({ anonymousId: 'kiosk', userId: 'ann' })
  await site.worker.runScheduled()
  await say({ anonymousId: 'phone' })
  const both = await profileId('user_id', 'ann')
  expect(both).not.toBe(ann)

  const unasked = await tsugi(['unmerge', ann])
  expect([unasked.code, unasked.err]).toEqual([2, expect.stringContaining('add --yes')])
  const wrong = await tsugi(['unmerge', ann, '--from', 'somebody-else', '--yes'])
  expect([wrong.code, wrong.err]).toEqual([1, expect.stringContaining(`merged last into ${both}`)])
  expect(await profileId('user_id', 'ann')).toBe(both)

  const done = await tsugi(['unmerge', ann, '--from', both, '--yes'])
  expect(done.code, done.err).toBe(0)
  expect(done.err).toContain('2 records since the merge, 2 of them moved.')
  expect(done.out.split('\n')).toEqual([
    `${both}  anonymous_id kiosk`,
    expect.stringMatching(new RegExp(`^${ann}  (?=.*user_id ann)(?=.*anonymous_id phone)`)),
    expect.stringMatching(/^Told in the log as \$unmerge:/),
    '',
  ])
  await say({ anonymousId: 'kiosk', userId: 'ann' })
  expect(await profileId('user_id', 'ann')).toBe(ann)
  expect(await profileId('anonymous_id', 'kiosk')).toBe(both)
})

test('says what is wrong with what was typed, and with whom', async () => {
  expect(await tsugi(['unmerge'])).toMatchObject({ code: 2 })
  expect(await tsugi(['unmerge', 'a', '--record', '$merge:a:b:c', '--yes'])).toMatchObject({
    code: 2,
  })
  const nobody = await tsugi(['unmerge', 'nobody', '--yes'])
  expect([nobody.code, nobody.err]).toEqual([1, expect.stringContaining('nobody')])
  expect(nobody.err).toContain('Nothing was changed.')
})

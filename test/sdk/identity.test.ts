/** Who somebody is to the SDK: over pages and tabs, and until it is somebody else. */
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { eventually, useStage, WRITE_KEY } from './support/stage.ts'

const stage = useStage()
const { server } = stage

const BOX = '<div data-tsugi-placement="hero"><b data-tsugi-text="t">own</b></div>'
const track = (page: Page, event: string) =>
  page.evaluate((name) => window.tsugi.track(name), event)

/** Chromium carries localStorage from one page's process to another's in its own time. */
const until = (page: Page, kept: 'userId' | 'hint', value: string | undefined) =>
  page.waitForFunction(
    ([key, name, wanted]) => JSON.parse(localStorage.getItem(key) ?? '{}')[name] === wanted,
    [`tsugi:${WRITE_KEY}`, kept, value] as const,
    { polling: 10 },
  )

describe('identity', () => {
  const idsOf = (name: string) => {
    const [event] = server.named(name)
    return { anonymousId: event?.anonymousId, userId: event?.userId ?? undefined }
  }

  test('from anonymous to known keeps the anonymousId, to another person takes a new one', async () => {
    stage.serve('/')
    const page = await stage.open()
    await track(page, 'Anonymous')
    await page.evaluate(() => {
      window.tsugi.identify('taro', { plan: 'pro' })
      window.tsugi.track('As Taro')
      window.tsugi.identify('taro')
      window.tsugi.track('Still Taro')
      window.tsugi.identify('hanako')
      window.tsugi.track('As Hanako')
    })
    await stage.arrived('As Hanako')
    const { anonymousId } = idsOf('Anonymous')
    expect(idsOf('Anonymous').userId).toBeUndefined()
    expect(idsOf('As Taro')).toEqual({ anonymousId, userId: 'taro' })
    expect(idsOf('Still Taro')).toEqual({ anonymousId, userId: 'taro' })
    expect(idsOf('As Hanako').userId).toBe('hanako')
    expect(idsOf('As Hanako').anonymousId).not.toBe(anonymousId)
  })

  test('is shared by pages and tabs', async () => {
    stage.serve('/')
    const first = await stage.open()
    const second = await stage.open()
    await first.evaluate(() => window.tsugi.identify(42))
    await until(second, 'userId', '42')
    await track(second, 'In the other tab')
    await stage.arrived('In the other tab')
    await stage.arrived('identify')
    expect(idsOf('In the other tab').userId).toBe('42')
    await first.evaluate(() => window.tsugi.reset())
    await until(second, 'userId', undefined)
    await track(second, 'After reset')
    await stage.arrived('After reset')
    expect(idsOf('After reset').userId).toBeUndefined()
    expect(idsOf('After reset').anonymousId).not.toBe(idsOf('identify').anonymousId)
  })

  test('what the worker told of who it is goes along as a hint, until it is somebody else', async () => {
    server.profileId = 'profile-1'
    stage.serve('/', { body: BOX })
    const page = await stage.open()
    await eventually(async () => server.questions.length).toBe(1)
    // The server has heard the question; the page need not have heard the answer yet.
    await until(page, 'hint', 'profile-1')
    const ask = () => page.evaluate(() => window.tsugi.decide('hero'))
    await ask()
    const second = await stage.open()
    await eventually(async () => server.questions.length).toBe(3)
    expect(server.questions.map(({ hint }) => hint)).toEqual([undefined, 'profile-1', 'profile-1'])
    await second.evaluate(() => {
      window.tsugi.reset()
      return window.tsugi.decide('hero')
    })
    expect(server.questions.at(-1)?.hint).toBeUndefined()
  })

  test('reset forgets who it was; the choices of this device are told for the new one', async () => {
    stage.serve('/')
    const page = await stage.open()
    await page.evaluate(() => {
      window.tsugi.identify('taro')
      window.tsugi.consent({ personalization: false })
      window.tsugi.reset()
      window.tsugi.track('Who')
    })
    await stage.arrived('Who')
    await stage.arrived('$consent', 2)
    const [before, after] = server.named('$consent')
    expect(after?.anonymousId).toBe(idsOf('Who').anonymousId)
    expect(after?.anonymousId).not.toBe(before?.anonymousId)
    expect(after?.properties).toEqual({ personalization: false })
    expect(idsOf('Who').userId).toBeUndefined()
    expect(server.named('Who')[0]?.context?.['sessionNumber']).toBe(1)
  })

  test('the token goes with identify and with the questions of this page, and is not stored', async () => {
    stage.serve('/', { body: BOX })
    const page = await stage.open()
    await stage.arrived('page')
    await page.evaluate(() => {
      window.tsugi.identify('taro', { plan: 'pro' }, { token: 'jwt-of-taro' })
      return window.tsugi.decide()
    })
    await stage.arrived('identify')
    expect(server.named('identify')).toMatchObject([
      { userId: 'taro', traits: { plan: 'pro' }, token: 'jwt-of-taro' },
    ])
    expect(server.questions.at(-1)).toMatchObject({ userId: 'taro', token: 'jwt-of-taro' })
    await eventually(() => page.evaluate(() => JSON.stringify(localStorage))).not.toContain('jwt')
    await page.evaluate(() => {
      window.tsugi.identify('hanako')
      return window.tsugi.decide()
    })
    expect(server.questions.at(-1)).toMatchObject({ userId: 'hanako' })
    expect(server.questions.at(-1)).not.toHaveProperty('token')
  })
})

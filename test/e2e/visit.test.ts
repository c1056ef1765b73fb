/** The main promise: a page changes within the visit because of what the visitor did. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { says } from './actions.ts'
import { leaksIn } from './leaks.ts'
import { visitor } from './visitor.ts'
import { startWorld, type World } from './world.ts'

interface ProfileAnswer {
  readonly profileId: string
  readonly identifiers: readonly { readonly type: string; readonly value: string }[]
  readonly traits: { readonly [name: string]: { readonly value: unknown } }
  readonly events: readonly { readonly event: string }[]
  readonly segments: { readonly [segment: string]: boolean }
}

const KNITWEAR = ['/p/cable-pullover', '/p/snow-yoke', '/p/rib-cardigan']
const WELCOMES = [says('hero-welcome-story', 'title'), says('hero-welcome-gift', 'title')]
const ATELIER = says('hero-knit', 'title')

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(async () => world?.end())

test('the hero changes on the third knitwear page of the same visit, and no rule is told', async () => {
  const me = await visitor(world)
  await me.open('/')
  const welcome = await me.hero()
  expect(WELCOMES).toContain(welcome)
  for (const path of KNITWEAR.slice(0, 2)) {
    await me.open(path)
    expect(await me.hero()).toBe(welcome)
  }
  await me.open(KNITWEAR[2]!)
  expect(await me.hero()).toBe(ATELIER)

  const { events, segments } = await world.ask<ProfileAnswer>(
    `/v1/profiles/anonymous_id/${await me.anonymousId()}`,
  )
  expect(events.filter(({ event }) => event === 'Product Viewed')).toHaveLength(3)
  expect(segments['knitwear-lover']).toBe(true)
  await me.leave()

  expect(me.complaints).toEqual([])
  const answers = me.told.filter(({ path }) => path.startsWith('/v1/'))
  expect(answers.length).toBeGreaterThanOrEqual(4)
  expect(answers.flatMap(({ status, body }) => [status, ...leaksIn(body)])).toEqual(
    answers.map(() => 200),
  )
})

test('the search for leaks finds them in what only servers are told', async () => {
  const explained = await world.ask('/v1/decide', {
    anonymousId: 'somebody',
    placements: ['hero'],
    explain: true,
  })
  const found = leaksIn(JSON.stringify(explained))
  expect(found).toContain('not public: decisions.hero.reason.policy')
  expect(found).toContain('tells "knitwear-lover"')
  expect(leaksIn('{"profileId":"hana@example.com"}', ['hana@example.com'])).toHaveLength(1)
})

test('a second browser that identifies as the same user finds the profile joined', async () => {
  const email = 'hana@example.com'
  const name = 'Hana Sato'
  const first = await visitor(world)
  for (const path of KNITWEAR) await first.open(path)
  await first.open('/account')
  await first.page.fill('#sign-up-name', name)
  await first.page.fill('#sign-up-email', email)
  await first.goBy(async () => first.page.click('form[action="/account/sign-up"] button'))

  const second = await visitor(world)
  await second.open('/')
  expect(WELCOMES).toContain(await second.hero())
  await second.open('/account')
  await second.page.fill('#log-in-email', email)
  await second.goBy(async () => second.page.click('form[action="/account/log-in"] button'))
  await second.open('/')
  expect(await second.hero()).toBe(ATELIER)

  const ids = [await first.anonymousId(), await second.anonymousId()]
  const [a, b] = await Promise.all(
    ids.map(async (id) => world.ask<ProfileAnswer>(`/v1/profiles/anonymous_id/${id}`)),
  )
  expect(b?.profileId).toBe(a?.profileId)
  const anonymous = a?.identifiers.filter(({ type }) => type === 'anonymous_id')
  expect(anonymous?.map(({ value }) => value).toSorted()).toEqual(ids.toSorted())
  expect(a?.traits).toMatchObject({ email: { value: email }, name: { value: name } })
  await Promise.all([first.leave(), second.leave()])

  const told = [...first.told, ...second.told].filter(({ path }) => path.startsWith('/v1/'))
  expect(told.flatMap(({ body }) => leaksIn(body, [email, name]))).toEqual([])
  expect([...first.complaints, ...second.complaints]).toEqual([])
})

test('who logs out is somebody else from then on', async () => {
  const me = await visitor(world)
  for (const path of KNITWEAR) await me.open(path)
  await me.open('/account')
  await me.page.fill('#log-in-email', 'ken@example.com')
  await me.goBy(async () => me.page.click('form[action="/account/log-in"] button'))
  const before = await me.anonymousId()
  await me.goBy(async () => me.page.click('form[action="/account/log-out"] button'))
  expect(await me.anonymousId()).not.toBe(before)
  await me.open('/')
  expect(WELCOMES).toContain(await me.hero())
  await me.leave()
  expect(me.complaints).toEqual([])
})

test('hostile text reaches the profile as text, and no page runs it', async () => {
  const name = '</script><script>alert("\u2028")</script>'
  const me = await visitor(world)
  me.page.on('dialog', (dialog) => void dialog.dismiss())
  await me.open(`/?utm_medium=email&utm_campaign=${encodeURIComponent(name)}`)
  await me.open('/account')
  await me.page.fill('#sign-up-name', name)
  await me.page.fill('#sign-up-email', 'mallory@example.com')
  await me.goBy(async () => me.page.click('form[action="/account/sign-up"] button'))
  const { traits } = await world.ask<ProfileAnswer>(
    `/v1/profiles/anonymous_id/${await me.anonymousId()}`,
  )
  expect(traits['name']?.value).toBe(name)
  expect(await me.page.textContent('[role=status]')).toContain('</script><script>alert')
  await me.leave()
  expect(me.complaints).toEqual([])
})

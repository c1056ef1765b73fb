import { readFile } from 'node:fs/promises'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { demoConfiguration } from '../../demo/config.ts'
import { drawScene } from '../../demo/art/scenes.ts'
import { drawGarment } from '../../demo/art/garments.ts'
import { namesOf } from '../../demo/panel/names.ts'
import { findProduct, isCategory, PRODUCTS } from '../../demo/shop/products.ts'
import { configuration } from '../../worker/contract/config.ts'
import { checkConfiguration } from '../../worker/core/release/check.ts'
import { compileRelease } from '../../worker/core/release/compile.ts'

const config = v.parse(configuration, await demoConfiguration({ origins: [] }))

describe('the configuration of the demo', () => {
  test('is valid as the file stands', async () => {
    const text = await readFile(new URL('../../demo/tsugi.json', import.meta.url), 'utf8')
    const parsed = v.safeParse(configuration, JSON.parse(text))
    expect(parsed.issues ?? []).toEqual([])
    expect(checkConfiguration(config)).toEqual([])
  })

  test('is caught by the same check when a policy names what is not there', () => {
    const [first, ...rest] = config.policies
    const broken = { ...config, policies: [{ ...first!, placement: 'nowhere' }, ...rest] }
    expect(checkConfiguration(broken)).toMatchObject([{ path: 'policies[0].placement' }])
  })

  test('compiles into the three placements of the shop', () => {
    const release = compileRelease(config, { number: 1, epoch: 1, stopped: false })
    expect([...release.placements.keys()].toSorted()).toEqual(['cart-nudge', 'hero', 'list-slot'])
  })

  test('takes further origins, each once', async () => {
    const standing = config.sources[0]!.origins
    const more = await demoConfiguration({
      origins: ['http://localhost:9001', standing[0]!, 'http://localhost:9001'],
    })
    expect(v.parse(configuration, more).sources[0]!.origins).toEqual([
      ...standing,
      'http://localhost:9001',
    ])
  })

  test.each(config.actions)('$key says everything in Japanese too', (action) => {
    const sameInBoth = new Set(['link', 'image'])
    const texts = Object.keys(action.content).filter((field) => !sameInBoth.has(field))
    expect(Object.keys(action.translations['ja'] ?? {}).toSorted()).toEqual(texts.toSorted())
  })

  test.each(config.actions)('$key leads to a page and a picture of the shop', ({ content }) => {
    const [, kind, id = ''] = content['link']!.split('/')
    const leads =
      (kind === 'c' && isCategory(id)) ||
      (kind === 'p' && findProduct(id) !== undefined) ||
      ['/account', '/checkout', '/cart'].includes(content['link']!)
    expect(leads).toBe(true)
    if (content['image'] === undefined) return
    const [, scene = ''] = /^\/art\/([a-z]+)\.svg$/.exec(content['image']) ?? []
    expect(drawScene(scene)).toContain('<svg')
  })

  test('the panel has a Japanese name for everything it can mention', async () => {
    const names = namesOf(await demoConfiguration({ origins: [] }), 'ja')
    const { segments, placements, actions, policies, experiments } = config
    const nameless = [...segments, ...placements, ...actions, ...policies, ...experiments].filter(
      ({ key, name }) => names.of(key) === name,
    )
    expect(nameless.map(({ key }) => key)).toEqual([])
    const lots = [...experiments, ...policies.map(({ key, split }) => ({ key, ...split }))]
    const arms = lots.flatMap((lot) => (lot.arms ?? []).map((arm) => [lot.key, arm] as const))
    expect(arms.length).toBeGreaterThan(2)
    for (const [of, { key, names: own }] of arms) expect(names.arm(of, key)).toBe(own?.['ja'])
    expect(names.of('no-such-key')).toBe('no-such-key')
    expect(names.arm('welcome', 'no-such-arm')).toBe('no-such-arm')
  })

  test('every product has a picture of its own', () => {
    const pictures = PRODUCTS.map(({ id }) => drawGarment(id))
    expect(pictures.every((picture) => picture?.startsWith('<svg'))).toBe(true)
    expect(new Set(pictures).size).toBe(PRODUCTS.length)
  })
})

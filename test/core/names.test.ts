/** Names in several languages: what the contract takes, who is told them, and that a release holds none. */
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { configuration } from '../../worker/contract/config.ts'
import { namesOf } from '../../worker/flow/names-of.ts'
import { checkConfiguration } from '../../worker/core/release/check.ts'
import { compileRelease } from '../../worker/core/release/compile.ts'

const called = (what: string, names?: unknown) => ({
  name: what,
  ...(names === undefined ? {} : { names }),
})
/** Every kind of thing that has a name for people, with the same names. */
const document = (names?: unknown) => ({
  workspace: { name: 'Names' },
  sources: [{ key: 's', name: 'S', writeKey: 'wk_names' }],
  segments: [{ key: 'pro', ...called('Pros', names), when: { trait: 'plan', eq: 'pro' } }],
  aggregates: [{ key: 'n', ...called('N', names), event: 'E', compute: 'count' }],
  goals: [{ key: 'order', ...called('Order', names), event: 'Order Completed' }],
  campaigns: [{ key: 'spring', ...called('Spring', names) }],
  tags: [{ key: 'sale', ...called('Sale', names) }],
  placements: [{ key: 'hero', ...called('Hero', names), fields: { title: 'text' } }],
  actions: [
    {
      key: 'knit',
      ...called('Knit', names),
      content: { title: 'Warm' },
      translations: { ja: { title: 'あたたか' } },
    },
  ],
  policies: [
    {
      key: 'all',
      ...called('All', names),
      placement: 'hero',
      candidates: [{ action: 'knit' }],
    },
    {
      key: 'drawn',
      ...called('Drawn', names),
      placement: 'hero',
      split: {
        arms: [
          { key: 'a', ...called('Half', names), weight: 1, action: 'knit' },
          { key: 'b', weight: 1, action: null },
        ],
      },
    },
  ],
  experiments: [
    {
      key: 'drawn',
      ...called('Test', names),
      arms: [
        { key: 'a', ...called('Same', names), weight: 1 },
        { key: 'b', weight: 1, actions: { all: null } },
      ],
    },
  ],
})
const parsed = (names?: unknown) => v.parse(configuration, document(names))
/** Twelve things have them. */
const THINGS = 12

describe('names of a configuration', () => {
  it('are no part of what has none: it reads as ever', () => {
    expect(JSON.stringify(parsed())).not.toContain('"names"')
    expect(checkConfiguration(parsed())).toEqual([])
  })

  it.each([
    [{}],
    [{ ja: 'ニットのバナー' }],
    [{ ja: '日', en: 'E', haw: 'H' }],
    [{ ja: '長'.repeat(200) }],
  ])('may be %j, wherever there is a name for people', (names) => {
    const config = parsed(names)
    expect(checkConfiguration(config)).toEqual([])
    expect(JSON.stringify(config).split(JSON.stringify({ names }).slice(1, -1))).toHaveLength(
      THINGS + 1,
    )
  })

  const languages = Array.from({ length: 21 }, (_, i) => [`a${String.fromCodePoint(97 + i)}`, 'x'])
  it.each([
    ['no map', 'ニット'],
    ['a list', ['ニット']],
    ['nothing', null],
    ['too long', { ja: '長'.repeat(201) }],
    ['empty', { ja: '' }],
    ['no text', { ja: 1 }],
    ['an escape sequence', { ja: 'ニット\u001b[2J' }],
    ['a line break', { ja: 'ニット\nバナー' }],
    ['a C1 control', { ja: 'ニット\u009b2J' }],
    ['a region', { 'ja-JP': 'ニット' }],
    ['no language', { japanese: 'ニット' }],
    ['capitals', { JA: 'ニット' }],
    ['too many languages', Object.fromEntries(languages)],
  ])('are refused wherever they stand: %s', (_, names) => {
    const { issues = [] } = v.safeParse(configuration, document(names))
    const places = new Set(
      issues.map((issue) => v.getDotPath(issue)?.replace(/\.names(\..*)?$/, '')),
    )
    expect(places.size).toBe(THINGS)
  })

  it('are told in the language asked for, else by `name`; arms without either not at all', () => {
    const config = parsed({ ja: '名' })
    const named = (name: string) => ({
      placements: { hero: name },
      policies: { all: name, drawn: name },
      actions: { knit: name },
      segments: { pro: name },
      experiments: { drawn: name },
      arms: { 'drawn/a': name },
      splitArms: { 'drawn/a': name },
    })
    expect(namesOf(config, 'ja')).toEqual(named('名'))
    const own = namesOf(config, null)
    expect(own).toEqual({
      placements: { hero: 'Hero' },
      policies: { all: 'All', drawn: 'Drawn' },
      actions: { knit: 'Knit' },
      segments: { pro: 'Pros' },
      experiments: { drawn: 'Test' },
      arms: { 'drawn/a': 'Same' },
      splitArms: { 'drawn/a': 'Half' },
    })
    expect(namesOf(config, 'fr')).toEqual(own)
    expect(namesOf(parsed(), 'ja')).toEqual(own)
  })

  it('are not held by a release, which every request reads', () => {
    const config = parsed({ ja: '見つからない名' })
    expect(textsIn(config)).toContain('見つからない名')
    const release = compileRelease(config, { number: 1, epoch: 1, stopped: false })
    const texts = textsIn(release)
    expect(texts).toContain('あたたか')
    expect(texts).not.toContain('見つからない名')
  })
})

/** Of objects, lists, maps and sets, however deep; what closures hold is not seen. */
function textsIn(value: unknown, seen = new Set<unknown>()): string[] {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null || seen.has(value)) return []
  seen.add(value)
  const parts =
    value instanceof Map
      ? [...value.keys(), ...value.values()]
      : value instanceof Set
        ? [...value]
        : Object.values(value)
  return parts.flatMap((part) => textsIn(part, seen))
}

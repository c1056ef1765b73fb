import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { expect, test } from 'vitest'
import { diffConfigurations } from '../../cli/configuration-diff.ts'
import { diffSummary, diffText } from '../../cli/diff-text.ts'
import { configuration, type Configuration } from '../../worker/contract/config.ts'

const FILE = join(import.meta.dirname, '../../demo/tsugi.json')
const read = (): Configuration => v.parse(configuration, JSON.parse(readFileSync(FILE, 'utf8')))
type Writable<T> = { -readonly [K in keyof T]: T[K] extends object ? Writable<T[K]> : T[K] }
const change = (edit: (draft: Writable<Configuration>) => void): Configuration => {
  const draft = structuredClone(read()) as Writable<Configuration>
  edit(draft)
  return draft
}

test('the same is no difference, in whatever order entities stand', () => {
  const reordered = change((draft) => {
    draft.segments.reverse()
    draft.actions.reverse()
  })
  expect(diffConfigurations(read(), reordered)).toEqual([])
})

test('added, removed and changed, down to the field', () => {
  const before = read()
  const [gone] = before.actions
  const [changed] = before.segments
  const after = change((draft) => {
    draft.workspace.timeZone = 'UTC'
    draft.actions.shift()
    draft.segments[0]!.name = 'Renamed'
    draft.segments.push({ key: 'brand-new', name: 'New', when: { segment: 'x' } })
  })
  const changes = diffConfigurations(before, after)
  expect(diffSummary(changes)).toBe('1 added, 2 changed, 1 removed')
  expect(diffText(changes)).toBe(
    [
      `~ workspace ${before.workspace.name}`,
      `    timeZone: ${JSON.stringify(before.workspace.timeZone)} → "UTC"`,
      `~ segment ${changed?.key}`,
      `    name: ${JSON.stringify(changed?.name)} → "Renamed"`,
      '+ segment brand-new',
      `- action ${gone?.key}`,
    ].join('\n'),
  )
})

test.each([
  ['identity', (draft) => (draft.identity.blocked = ['demo'])],
  ['warehouse', (draft) => (draft.warehouse = { sinks: {} } as never)],
  ['campaign', (draft) => (draft.campaigns[0]!.name = 'Renamed')],
  ['tag', (draft) => draft.tags.push({ key: 'new-tag', name: 'New', caps: [] })],
  ['goal', (draft) => draft.goals.push({ key: 'order', name: 'Order' } as never)],
  ['experiment', (draft) => draft.experiments.pop()],
] as const satisfies [string, (draft: Writable<Configuration>) => unknown][])(
  'a change of the %s alone is seen',
  (kind, edit) => {
    const before = change((draft) => {
      draft.campaigns = [{ key: 'spring', name: 'Spring' } as never]
      draft.experiments = [{ key: 'welcome', name: 'Welcome' } as never]
    })
    const after = structuredClone(before) as Writable<Configuration>
    edit(after)
    const changes = diffConfigurations(before, after)
    expect(changes.map((one) => one.kind)).toEqual([kind])
  },
)

test('order within an entity is a difference', () => {
  const before = change((draft) => {
    draft.actions[0]!.tags = ['a', 'b']
  })
  const after = change((draft) => {
    draft.actions[0]!.tags = ['b', 'a']
  })
  expect(diffConfigurations(before, after)[0]?.fields).toEqual([
    { path: 'tags.0', before: 'a', after: 'b' },
    { path: 'tags.1', before: 'b', after: 'a' },
  ])
})

test('a field that appears or goes is told, and long values are cut', () => {
  const after = change((draft) => {
    draft.actions[0]!.description = 'x'.repeat(500)
  })
  const text = diffText(
    diffConfigurations(
      change((draft) => {
        delete draft.actions[0]!.description
      }),
      after,
    ),
  )
  expect(text).toMatch(/description: \(none\) → "x{119}…$/)
})

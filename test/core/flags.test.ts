/** What publishing says of placements that are read as flags. */
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { configuration } from '../../worker/contract/config.ts'
import { scalarOf } from '../../worker/core/decision/flag-value.ts'
import { checkConfiguration } from '../../worker/core/release/check.ts'

const faults = (flag: unknown, on: string, translated = on) => {
  const parsed = v.safeParse(configuration, {
    workspace: { name: 'Flags' },
    sources: [{ key: 's', name: 'S', writeKey: 'wk_flags' }],
    placements: [
      { key: 'p', name: 'P', fields: { on: 'text', note: 'text' }, flag, fallback: 'a' },
    ],
    actions: [
      {
        key: 'a',
        name: 'A',
        content: { on },
        translations: { ja: { on: translated, note: '註' } },
      },
    ],
  })
  return parsed.success
    ? checkConfiguration(parsed.output).map(({ path }) => path)
    : parsed.issues.map((issue) => v.getDotPath(issue))
}

describe('a placement’s flag', () => {
  it.each([
    [undefined, 'anything', []],
    [false, 'anything', []],
    [{ type: 'object' }, 'anything', []],
    [{ type: 'list' }, 'anything', []],
    [{ type: 'string', field: 'on' }, 'anything', []],
    [{ type: 'number', field: 'on' }, '-1.5e3', []],
    [{ type: 'boolean', field: 'on' }, 'false', []],
    [
      { type: 'number', field: 'on' },
      '1,5',
      ['actions[0].content.on', 'actions[0].translations.ja.on'],
    ],
    [
      { type: 'boolean', field: 'on' },
      'TRUE',
      ['actions[0].content.on', 'actions[0].translations.ja.on'],
    ],
    [{ type: 'string', field: 'note' }, 'x', ['actions[0].content.note']],
    [{ type: 'string', field: 'no' }, 'x', ['placements[0].flag.field', 'actions[0].content.no']],
    [{ type: 'string' }, 'x', ['placements.0.flag']],
    [{ type: 'object', field: 'on' }, 'x', ['placements.0.flag']],
    [true, 'x', ['placements.0.flag']],
  ])('%j over "%s"', (flag, on, expected) => {
    expect(faults(flag, on)).toEqual(expected)
  })

  it('must hold in every language', () => {
    expect(faults({ type: 'number', field: 'on' }, '1', '一')).toEqual([
      'actions[0].translations.ja.on',
    ])
  })

  it.each(['', ' ', 'NaN', 'Infinity', '1e999', '0x'])('"%s" is no number', (text) => {
    expect(scalarOf('number', text)).toBeNull()
  })

  it('reads HTML as its text', () => {
    expect(scalarOf('string', { html: '<b>1</b>' })).toBe('<b>1</b>')
  })
})

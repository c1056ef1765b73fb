/** The demo's panel: every gate that can stop something is told, in both languages. */
import { expect, test } from 'vitest'
import { demoConfiguration } from '../../demo/config.ts'
import { namesOf } from '../../demo/panel/names.ts'
import { report } from '../../demo/panel/report.ts'
import { PANEL_WORDS } from '../../demo/panel/words.ts'
import type { DecideAnswer } from '../../worker/contract/decide.ts'
import type { Explanation, FallbackCause, Gate, Reason } from '../../worker/contract/reason.ts'

const config = await demoConfiguration({ origins: [] })
const LANGUAGES = ['en', 'ja'] as const
const question = { anonymousId: 'd9c0e4f2-visitor', customer: null, placements: [], context: {} }

const told = (
  language: (typeof LANGUAGES)[number],
  explain: Partial<Explanation>,
  because: FallbackCause = 'no_action_left',
  reason: Reason = { kind: 'fallback', because },
): string => {
  const explanation: Explanation = {
    relevance: { who: null, what: [], where: { placement: 'hero', channel: 'web' }, when: 'never' },
    policies: [],
    segments: {},
    ...explain,
  }
  const answer: DecideAnswer = {
    decisions: { hero: { items: [], reason, explain: explanation } },
    acked: [],
    rejected: [],
    profileId: null,
    epoch: 1,
    degraded: false,
  }
  const reader = { words: PANEL_WORDS[language], names: namesOf(config, language) }
  return report({ profile: null, answer }, question, reader).text
}

test.each(LANGUAGES)('%s: each gate, wherever it stops something', (language) => {
  const { gates } = PANEL_WORDS[language]
  for (const [gate, words] of Object.entries(gates) as [Gate, string][]) {
    const stop = { stoppedBy: gate }
    expect(told(language, { placement: stop }), gate).toContain(words)
    const policy = { policy: 'hero-for-knitwear', passed: false, ...stop, actions: [] }
    expect(told(language, { policies: [policy] }), gate).toContain(words)
    const action = { action: 'hero-knit', chosen: false, ...stop }
    const policies = [{ policy: 'hero-for-knitwear', passed: true, actions: [action] }]
    expect(told(language, { policies }), gate).toContain(words)
  }
})

test.each(LANGUAGES)('%s: each cause of a fallback', (language) => {
  const { because } = PANEL_WORDS[language]
  for (const [cause, words] of Object.entries(because) as [FallbackCause, string][]) {
    expect(told(language, {}, cause), cause).toContain(words)
  }
})

test.each(LANGUAGES)('%s: whoever turned personalization off is told so', (language) => {
  const { turnedOff, because } = PANEL_WORDS[language]
  const stopped = (policy: string, stoppedBy: Gate) => ({
    ...{ policy, passed: false, stoppedBy },
    actions: [],
  })
  const off = stopped('hero-for-knitwear', 'consent')
  const matched = 'no_policy_matched'
  const seen = (...policies: Explanation['policies']) => told(language, { policies }, matched)
  expect(seen(off)).toContain(turnedOff)
  expect(seen(off)).not.toContain(because[matched])
  expect(seen(off, stopped('hero-for-market', 'schedule'))).toContain(turnedOff)
  for (const policies of [[], [stopped('a', 'schedule')], [off, stopped('a', 'audience')]]) {
    expect(seen(...policies)).toContain(because[matched])
    expect(seen(...policies)).not.toContain(turnedOff)
  }
  expect(told(language, { policies: [off] }, 'quiet_hours')).toContain(because.quiet_hours)
})

test('a cap says how many, and when it opens; a formula how many points', () => {
  const cap = { of: 'impression', subject: 'action', key: 'a', max: 3, per: 'day' } as const
  const actions = [
    {
      action: 'hero-knit',
      chosen: false,
      stoppedBy: 'cap',
      cap,
      notBefore: '2026-03-02T00:00:00.000+09:00',
    },
    { action: 'hero-mending', chosen: false, stoppedBy: 'outranked', score: 1.234 },
  ] as const
  const policies = [{ policy: 'hero-for-knitwear', passed: true, actions }]
  const english = told('en', { policies })
  expect(english).toContain('shown often enough (at most 3× a day, from 00:00)')
  expect(english).toContain('another one comes first (1.23 points)')
  const japanese = told('ja', { policies })
  expect(japanese).toContain('十分にお見せした (一日に3回まで、00:00から)')
  expect(japanese).toContain('優先するものがある (1.23点)')
})

test('rules, tests and arms are called as the configuration calls them in that language', () => {
  const welcome = { kind: 'experiment', policy: 'hero-for-new', experiment: 'welcome' } as const
  const gift: Reason = { ...welcome, arm: 'gift' }
  expect(told('en', {}, undefined, gift)).toContain('“A gift” of the test “Welcome: the makers')
  const japanese = told('ja', { segments: { 'cart-left': true } }, undefined, gift)
  expect(japanese).toContain('比較テスト「ウェルカム：作り手の紹介かギフトか」で「ギフト」')
  expect(japanese).toContain('カゴ落ち')
  expect(japanese).toContain('メインビジュアル')
  const split: Reason = { kind: 'split', policy: 'hero-for-returning', arm: 'mending' }
  expect(told('ja', {}, undefined, split)).toContain('「お直し」に割り当てられました')
  const policies = [
    { policy: 'hero-for-knitwear', passed: false, stoppedBy: 'audience', actions: [] },
  ] as const
  expect(told('ja', { policies })).toContain('ニット好きに編み場を見せる')
})

test('what is meant for others says for whom; the banner comes first', () => {
  const audience = {
    condition: 'all',
    holds: false,
    parts: [
      { condition: 'segment high-value', holds: false },
      { condition: 'not', holds: true, parts: [{ condition: 'segment cart-left', holds: false }] },
    ],
  }
  const stop = { stoppedBy: 'audience', actions: [] } as const
  const policies = [{ policy: 'hero-for-knitwear', passed: false, audience, ...stop }]
  expect(told('en', { policies })).toContain(
    'meant for others (asks: “High value” and not “Cart left”)',
  )
  expect(told('ja', { policies })).toMatch(/ほかの方が対象 \(条件：「.+」かつ非「カゴ落ち」\)/)

  const none = { items: [], reason: { kind: 'fallback', because: 'enough' } } as const
  const decisions = { 'cart-nudge': none, hero: none, 'list-slot': none }
  const answer = { decisions, acked: [], rejected: [], profileId: null, epoch: 1, degraded: false }
  const reader = { words: PANEL_WORDS.en, names: namesOf(config, 'en') }
  const text = report({ profile: null, answer }, question, reader).text
  const order = [...text.matchAll(/data-placement="([\w-]+)"/g)].map(([, key]) => key)
  expect(order).toEqual(['hero', 'cart-nudge', 'list-slot'])
})

test('what has no name in a language is called by its name, and by its key without one', () => {
  const names = namesOf(
    {
      ...config,
      placements: [{ key: 'hero', name: 'Top', names: { fr: 'Haut' }, fields: { a: 'text' } }],
      experiments: [
        {
          key: 'e',
          name: 'E',
          arms: [
            { key: 'a', weight: 1 },
            { key: 'b', weight: 1 },
          ],
        },
      ],
    },
    'ja',
  )
  expect([names.of('hero'), names.arm('e', 'a'), names.of('constructor')]).toEqual([
    'Top',
    'a',
    'constructor',
  ])
})

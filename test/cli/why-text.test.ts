/** Decisions of the past in words, in both languages: every gate, cause and kind has some. */
import { expect, test } from 'vitest'
import type { Reason, Stop } from '../../worker/contract/reason.ts'
import type { WhyAnswer } from '../../worker/contract/why.ts'
import { WHY_LANGUAGES, whyText } from '../../cli/why-text.ts'
import type { WhyWords } from '../../cli/words/why-words.ts'

const en = WHY_LANGUAGES['en'] as WhyWords
const ja = WHY_LANGUAGES['ja'] as WhyWords

const answer = (over: Partial<WhyAnswer> = {}): WhyAnswer => ({
  placement: 'hero',
  action: 'knit',
  position: 0,
  at: '2026-03-02T09:05:00.000+09:00',
  expired: false,
  epoch: 4,
  release: 3,
  profileId: '0195-kei',
  policy: 'knit-policy',
  arm: null,
  propensity: 1,
  experiments: {},
  replay: 'same',
  shown: ['knit'],
  instead: [],
  reason: { kind: 'priority', policy: 'knit-policy' },
  stopped: null,
  policies: [
    {
      policy: 'gift-policy',
      passed: false,
      stoppedBy: 'audience',
      detail: 'segment pro and not segment staff',
      actions: [],
    },
    {
      policy: 'knit-policy',
      passed: true,
      actions: [
        {
          action: 'socks',
          chosen: false,
          stoppedBy: 'cap',
          cap: {
            of: 'impression',
            subject: 'action',
            key: 'socks',
            max: 3,
            per: { ms: 86_400_000 },
          },
          notBefore: '2026-03-02T18:00:00.000+09:00',
        },
        { action: 'knit', chosen: true },
        { action: 'hat', chosen: false, stoppedBy: 'outranked' },
      ],
    },
  ],
  names: {
    placements: { hero: 'Top banner' },
    policies: { 'knit-policy': 'For knitters', 'gift-policy': 'For pros' },
    actions: { knit: 'Warm knits', socks: 'Socks', hat: 'Hats' },
    segments: { pro: 'Pro members' },
    experiments: { warm: 'Warm or cold' },
    arms: { 'warm/b': 'Cold' },
    splitArms: { 'knit-policy/a': 'Half of them' },
  },
  ...over,
})

test('in English', () => {
  expect(whyText(answer(), en)).toBe(
    `“Top banner” showed “Warm knits” on 2026-03-02 09:05 +09:00.
To profile 0195-kei.
The rule “For knitters” was the first one meant for this person that had something left, and “Warm knits” came first in it.

Everything else, and why not:
  Rule “For pros”: meant for others (asks: “Pro members” and not “staff”)
  Rule “For knitters”: decided
    “Socks”: met often enough (at most 3 times seen in 24 h; from 2026-03-02 18:00 +09:00)
    “Hats”: something else came first

Decided again from its log line: the same.
Release 3, epoch 4.`,
  )
})

test('in Japanese', () => {
  expect(whyText(answer(), ja)).toBe(
    `2026-03-02 09:05 +09:00、「Top banner」に「Warm knits」を表示しました。
相手：プロファイル 0195-kei
この方に当てはまり、出せるものが残っている最初のルールが「For knitters」で、その中で最も優先するのが「Warm knits」でした。

選ばれなかったものと、その理由：
  ルール「For pros」: ほかの方が対象 (条件：「Pro members」かつ非「staff」)
  ルール「For knitters」: これで決定
    「Socks」: 回数の上限に到達 (24時間に表示3回まで; 2026-03-02 18:00 +09:00から)
    「Hats」: 優先するものがあった

ログから決め直した結果：同じです。
リリース 3、エポック 4`,
  )
})

test('arms are told by their names, where they have some and it is plain whose they are', () => {
  const experiment = { kind: 'experiment', policy: 'knit-policy', experiment: 'warm' } as const
  const told = (over: Partial<WhyAnswer>, words = en) => whyText(answer(over), words)
  expect(told({ reason: { ...experiment, arm: 'b' } })).toContain('in its arm “Cold”')
  expect(told({ reason: { ...experiment, arm: 'c' } })).toContain('in its arm “c”')
  expect(told({ reason: { kind: 'split', policy: 'knit-policy', arm: 'a' } }, ja)).toContain(
    'この方は「Half of them」でした',
  )
  expect(told({ experiments: { warm: 'b' } }, ja)).toContain('「Warm or cold」：「Cold」の組')
  const stopped = (policy: string, stop: Partial<Stop>, experiments = {}, words = en) => {
    const actions = [{ action: 'hat', chosen: false, ...stop }]
    return told({ policies: [{ policy, passed: true, actions }], experiments }, words)
  }
  const a = { stoppedBy: 'not_drawn', detail: 'arm a' } as const
  const b = { stoppedBy: 'arm', detail: 'arm b' } as const
  expect(stopped('knit-policy', a)).toContain('not drawn (arm “Half of them”)')
  expect(stopped('gift-policy', a)).toContain('not drawn (arm “a”)')
  expect(stopped('gift-policy', b, { warm: 'b' }, ja)).toContain('(「Cold」の組)')
  expect(stopped('gift-policy', b)).toContain('(arm “b”)')
  const weight = { stoppedBy: 'not_drawn', detail: 'weight 12.5%' } as const
  expect(stopped('knit-policy', weight)).toContain('not drawn (weight 12.5%)')
  expect(stopped('knit-policy', weight, {}, ja)).toContain('(重み12.5%)')
})

test('a holdout is told in words', () => {
  const told = (experiments: WhyAnswer['experiments'], words: WhyWords) =>
    whyText(answer({ experiments }), words)
  expect(told({ $holdout: 'held' }, en)).toContain('over everything: the person is held out')
  expect(told({ $holdout: 'open' }, ja)).toContain('全体のホールドアウト：通常の組')
  const own = { '$holdout:knit-policy': 'held' }
  expect(told(own, en)).toContain('of the rule “For knitters”: the person is held out')
  expect(told(own, ja)).toContain('ルール「For knitters」のホールドアウト：何も出さない組')
})

test('a name moves no cursor, and what objects inherit is no name', () => {
  const names = { ...answer().names, placements: { hero: 'Top\u001b[2J\nbanner' } }
  expect(whyText(answer({ names }), en)).toContain('“Top\\u001b[2J\\nbanner” showed')
  expect(whyText(answer({ placement: 'constructor' }), en)).toContain('“constructor” showed')
})

test('conditions are told with signs, and in Japanese with its words', () => {
  const detail =
    'event "Order Completed" count gte 1 in the last 52w where {"property":"revenue","gte":30000} and not segment pro or trait plan eq "free"'
  const stopped = { stoppedBy: 'audience' as const, detail }
  const policies = [{ policy: 'gift-policy', passed: false, ...stopped, actions: [] }]
  expect(whyText(answer({ policies }), en)).toContain(
    'asks: event "Order Completed" count ≥ 1 in the last 52w with revenue ≥ 30000 and not “Pro members” or trait plan = "free"',
  )
  expect(whyText(answer({ policies }), ja)).toContain(
    '条件：イベント"Order Completed"回数≥ 1（直近52w）、revenue ≥ 30000かつ非「Pro members」または属性plan = "free"',
  )
})

const heldOut = (over: Partial<WhyAnswer> = {}) =>
  answer({
    shown: [],
    instead: ['knit'],
    reason: { kind: 'fallback', because: 'holdout', policy: 'knit-policy' },
    experiments: { $holdout: 'open', '$holdout:knit-policy': 'held' },
    policies: [
      {
        policy: 'knit-policy',
        passed: false,
        stoppedBy: 'holdout',
        actions: [
          { action: 'knit', chosen: false },
          { action: 'hat', chosen: false, stoppedBy: 'outranked' },
        ],
      },
    ],
    ...over,
  })

test('what a holdout kept away is told as such', () => {
  expect(whyText(heldOut(), en)).toContain(`It would have been “Warm knits”.
The holdout over everything: the person is not held out
The holdout of the rule “For knitters”: the person is held out

Everything else, and why not:
  Rule “For knitters”: held out, to compare
    “Warm knits”: would have been shown
    “Hats”: something else came first
`)
  expect(whyText(heldOut(), ja)).toContain(`本来なら「Warm knits」でした。
全体のホールドアウト：通常の組
ルール「For knitters」のホールドアウト：何も出さない組

選ばれなかったものと、その理由：
  ルール「For knitters」: 比較のため対象外
    「Warm knits」: 本来なら表示
    「Hats」: 優先するものがあった
`)
})

test('who turned personalization off is told so, not that no rule was meant for them', () => {
  const told = (stops: readonly Stop['stoppedBy'][], words = en) =>
    whyText(
      answer({
        shown: [],
        reason: { kind: 'fallback', because: 'no_policy_matched' },
        policies: stops.map((stoppedBy) => ({
          policy: 'gift-policy',
          passed: false,
          stoppedBy,
          actions: [],
        })),
      }),
      words,
    )
  const off = 'The person had turned personalization off.'
  expect(told(['consent', 'consent'])).toContain(off)
  expect(told(['schedule', 'consent'])).toContain(off)
  expect(told(['consent'])).not.toContain(en.because.no_policy_matched)
  expect(told(['consent'], ja)).toContain('この方はパーソナライズをオフにしていました。')
  for (const stops of [['consent', 'audience'], ['schedule'], []] as const) {
    expect(told(stops)).toContain(en.because.no_policy_matched)
  }
})

const GATES = Object.keys(en.gates) as Stop['stoppedBy'][]
const REASONS: readonly Reason[] = [
  { kind: 'preview' },
  { kind: 'formula', policy: 'knit-policy' },
  { kind: 'learned', policy: 'knit-policy', model: 0, leaf: '' },
  { kind: 'learned', policy: 'knit-policy', model: 7, leaf: 'mobile' },
  { kind: 'split', policy: 'knit-policy', arm: 'a' },
  { kind: 'experiment', policy: 'knit-policy', experiment: 'warm', arm: 'b' },
  ...(Object.keys(en.because) as (keyof WhyWords['because'])[]).map((because): Reason => ({
    kind: 'fallback',
    because,
  })),
]

test.each(Object.entries(WHY_LANGUAGES))(
  '%s has words for everything that can happen',
  (_, words) => {
    const texts = [
      ...REASONS.map((reason) => whyText(answer({ reason }), words)),
      ...GATES.map((stoppedBy) => whyText(answer({ stopped: { stoppedBy } }), words)),
      ...(['different', 'not_replayable', 'not_logged'] as const).map((replay) =>
        whyText(answer({ replay }), words),
      ),
      whyText(answer({ expired: true }), words),
      whyText(answer({ shown: [], profileId: null }), words),
      whyText(heldOut(), words),
      whyText(answer({ instead: ['hat'], experiments: { $holdout: 'held', warm: 'b' } }), words),
    ]
    for (const text of texts) expect(text).not.toMatch(/undefined|null|NaN|\[object|\$holdout/)
    // Nothing is told in the words of something else.
    expect(new Set(texts).size).toBe(texts.length)
  },
)

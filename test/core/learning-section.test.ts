/** What a profile keeps of exposures and goals, and what it weighs. */
import { describe, expect, it } from 'vitest'
import { learningRules } from '../../worker/core/learning/rules.ts'
import { EXPOSURES_BYTES, learningBytes } from '../../worker/core/learning/weight.ts'
import { fold } from '../../worker/core/profile/fold.ts'
import { blank, rules as rulesOf } from './people.ts'
import { UTC_SETTING } from './setting.ts'
import { START_MS, order, lead, track, exposed } from './learning-lives.ts'

describe('the section', () => {
  it('weighs no more than was reckoned, however full', () => {
    const many = learningRules(
      [
        order,
        lead,
        {
          ...order,
          key: 'x'.repeat(60),
          value: { property: 'revenue', currencies: ['JPY', 'EUR'], currencyProperty: 'c' },
        },
      ],
      Array.from({ length: 4 }, (_, i) => ({ experiment: `policy-${i}`, arms: ['a', 'b'] })),
      UTC_SETTING,
    )
    const rules = rulesOf({ learning: many })
    const records = Array.from({ length: 60 }, (_, i) => [
      {
        ...exposed('impression', i, i / 10),
        properties: {
          ...exposed('impression', i, i / 10).properties,
          exposure: `123456${100 + i}`,
          policy: `policy-${i % 4}`,
          atMs: START_MS + i * 1e9,
          propensity: 1 / 12,
          model: 1_234_567,
          epoch: 1_234_567,
        },
      },
      track(`o${i}`, 'Order Completed', i / 9, {
        order_id: `${i}`,
        revenue: 999_999_999.999999,
        c: i % 2 === 0 ? 'JPY' : 'EUR',
      }),
      track(`r${i}`, 'Order Refunded', i / 8, {
        order_id: `${i}`,
        revenue: 999_999_999.999999,
        c: 'EUR',
      }),
      track(`l${i}`, 'Lead', i / 7, {}),
    ]).flat()
    const { learning } = fold(blank(), records, rules)
    const bytes = JSON.stringify({ learning }).length
    expect(learning?.exposures).toHaveLength(16)
    expect(Object.keys(learning?.trials ?? {})).toHaveLength(4)
    expect(bytes).toBeLessThanOrEqual(EXPOSURES_BYTES + learningBytes(many))
    expect(bytes).toBeGreaterThan(0.7 * (EXPOSURES_BYTES + learningBytes(many)))
  })

  it('is not there where nothing asks for it', () => {
    const { learning } = fold(
      blank(),
      [exposed('impression', 1, 1)],
      rulesOf({ learning: learningRules([], [], UTC_SETTING) }),
    )
    expect(learning).toBeUndefined()
  })
})

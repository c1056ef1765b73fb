/** Placements of every kind of flag, as the OpenFeature suites read them. */
const fallbacks = { color: 'indigo', rows: 'three', 'new-cart': 'cart-off' } as const

export const FLAGS = {
  placements: [
    {
      key: 'hero',
      name: 'Hero',
      names: { ja: 'メインビジュアル' },
      fields: { title: 'text', body: 'html' },
      fallback: 'welcome',
    },
    { key: 'quiet', name: 'Shows nothing', fields: { title: 'text' } },
    { key: 'halves', name: 'A split', fields: { title: 'text' } },
    {
      key: 'color',
      name: 'String',
      fields: { word: 'text' },
      flag: { type: 'string', field: 'word' },
      fallback: fallbacks.color,
    },
    {
      key: 'rows',
      name: 'Number',
      fields: { word: 'text' },
      flag: { type: 'number', field: 'word' },
      fallback: fallbacks.rows,
    },
    {
      key: 'new-cart',
      name: 'Boolean',
      fields: { on: 'text' },
      flag: { type: 'boolean', field: 'on' },
      fallback: fallbacks['new-cart'],
    },
    { key: 'shelf', name: 'List', fields: { title: 'text' }, flag: { type: 'list' } },
    {
      key: 'letter',
      name: 'No flag',
      fields: { title: 'text' },
      flag: false,
      fallback: 'left',
    },
  ],
  actions: [
    { key: 'welcome', name: 'Welcome', content: { title: 'いらっしゃいませ' } },
    {
      key: 'knit',
      name: 'Knit',
      content: { title: 'Warm knits', body: '<b>now</b><script>alert(1)</script>' },
      translations: { ja: { title: 'あたたかいニット' } },
      caps: [{ max: 1, per: '24h' }],
    },
    { key: 'pro', name: 'Pro', content: { title: 'For pros' } },
    { key: 'winter', name: 'Winter', content: { title: '冬' } },
    { key: 'left', name: 'Left', content: { title: 'L' } },
    { key: 'right', name: 'Right', content: { title: 'R' } },
    { key: 'indigo', name: 'Indigo', content: { word: '藍' } },
    { key: 'three', name: 'Three', content: { word: '3' } },
    { key: 'cart-on', name: 'On', content: { on: 'true' } },
    { key: 'cart-off', name: 'Off', content: { on: 'false' } },
  ],
  policies: [
    {
      key: 'knit-policy',
      name: 'Knit',
      placement: 'hero',
      priority: 3,
      audience: { segment: 'knit-lover' },
      candidates: [{ action: 'knit' }],
    },
    {
      key: 'pro-policy',
      name: 'Pro',
      placement: 'hero',
      priority: 2,
      audience: { trait: 'plan', eq: 'pro' },
      candidates: [{ action: 'pro' }],
    },
    {
      key: 'winter-policy',
      name: 'Winter',
      placement: 'hero',
      priority: 1,
      audience: { context: 'season', eq: 'winter' },
      candidates: [{ action: 'winter' }],
    },
    {
      key: 'halves-policy',
      name: 'Halves',
      placement: 'halves',
      split: {
        arms: [
          { key: 'l', weight: 1, action: 'left' },
          { key: 'r', weight: 1, action: 'right' },
        ],
      },
    },
    {
      key: 'cart-policy',
      name: 'Cart',
      placement: 'new-cart',
      audience: { trait: 'plan', eq: 'pro' },
      candidates: [{ action: 'cart-on' }],
    },
    {
      key: 'shelf-policy',
      name: 'Shelf',
      placement: 'shelf',
      limit: 2,
      candidates: [{ action: 'left', priority: 2 }, { action: 'right' }],
    },
  ],
}

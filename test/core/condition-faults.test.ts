/** What publishing says of conditions that are none, that mean nothing, or that are less exact than they look. */
import { describe, expect, it } from 'vitest'
import { checkDraft } from '../../worker/flow/publish.ts'

const draftOf = (when: unknown, more: object = {}): unknown => ({
  workspace: { name: 'W' },
  sources: [{ key: 's', name: 'S', writeKey: 'wk_test' }],
  segments: [{ key: 'x', name: 'X', when }],
  ...more,
})
const faultsOf = async (when: unknown, more: object = {}) => {
  const checked = await checkDraft(draftOf(when, more), false)
  return checked.ok ? [] : checked.error
}

const deep = (levels: number): object => {
  let condition: object = { trait: 'a', eq: 1 }
  for (let i = 0; i < levels; i++) condition = { not: condition }
  return condition
}
const leaf = { trait: 'a', eq: 1 }

describe('a condition that is none is told where it stands, what was found and what is allowed', () => {
  it.each<[when: unknown, path: string, wrong: RegExp, allowed: RegExp]>([
    ['vip', '', /"vip"/, /one of: trait, aggregate, .*any, not/],
    [{}, '', /an? .*object/, /one of: trait/],
    [[], '', /Array/, /one of: trait/],
    [{ trate: 'plan', eq: 1 }, '', /an? .*object/, /one of: trait/],
    [{ trait: 'plan', eqq: 1 }, '.eqq', /no such field/, /one of the fields: trait, eq, ne/],
    [{ trait: 'plan' }, '', /an? .*object/, /an operator: eq, ne, in/],
    [{ trait: 'plan', zone: 'visitor' }, '', /an? .*object/, /an operator/],
    [{ trait: 7, eq: 1 }, '.trait', /7/, /string/],
    [{ trait: '', eq: 1 }, '.trait', /0/, />=1/],
    [{ trait: 'x'.repeat(101), eq: 1 }, '.trait', /101/, /<=100/],
    [{ trait: 'plan', context: 'x', eq: 1 }, '.context', /no such field/, /trait, eq/],
    [
      { trait: 'plan', eq: null },
      '.eq',
      /null/,
      /a text, a finite number, true or false, or \{ "trait"/,
    ],
    [{ trait: 'plan', eq: ['a'] }, '.eq', /Array/, /a text/],
    [{ trait: 'plan', eq: { traits: 'x' } }, '.eq', /an? .*object/, /"trait"/],
    [{ trait: 'plan', in: 'a' }, '.in', /"a"/, /a list of texts/],
    [{ trait: 'plan', in: Array.from({ length: 1001 }, (_, i) => i) }, '.in', /1001/, /<=1000/],
    [{ trait: 'n', gte: '5' }, '.gte', /"5"/, /a finite number/],
    [{ trait: 'n', gte: Number.NaN }, '.gte', /NaN/, /a finite number/],
    [{ trait: 'n', gte: Number.POSITIVE_INFINITY }, '.gte', /Infinity/, /finite/],
    [{ trait: 'd', before: 'soon' }, '.before', /"soon"/, /an ISO 8601 date/],
    [{ trait: 'd', before: '-30 days' }, '.before', /"-30 days"/, /-30d/],
    [{ trait: 'd', before: '2026-02-30' }, '.before', /"2026-02-30" is no date/, /ISO 8601/],
    [{ trait: 'd', after: '2026-13-01' }, '.after', /2026-13-01/, /ISO 8601/],
    [{ trait: 'd', anniversary: 'tomorrow' }, '.anniversary', /tomorrow/, /"this month"/],
    [
      { trait: 'd', anniversary: { within: '5h' } },
      '.anniversary.within',
      /"5h"/,
      /a number of days/,
    ],
    [{ trait: 'v', matches: '(' }, '.matches', /missing/, /RE2/],
    [{ trait: 'v', matches: '(?=a)' }, '.matches', /./, /RE2/],
    [{ trait: 'v', matches: '\\1' }, '.matches', /./, /RE2/],
    [{ trait: 'v', matches: '((a{1,100}){1,100}){1,100}' }, '.matches', /./, /RE2/],
    [{ trait: 'v', matches: 'a'.repeat(201) }, '.matches', /201/, /<=200/],
    [{ trait: 'v', any: 5 }, '.any', /5/, /a condition on each element/],
    [
      { trait: 'v', any: { propety: 'a', eq: 1 } },
      '.any.propety',
      /no such field/,
      /one of the fields: eq/,
    ],
    [{ trait: 'v', any: { property: 'a' } }, '.any', /an? .*object/, /an operator/],
    [{ trait: 'v', gt: { property: 'x' } }, '.gt', /no event or element/, /"trait"/],
    [{ all: [] }, '.all', /0/, />=1/],
    [{ all: leaf }, '.all', /an? .*object/, /a list of conditions/],
    [{ any: [leaf, { not: { trait: 'a' } }] }, '.any[1].not', /an? .*object/, /an operator/],
    [{ all: [leaf], any: [leaf] }, '.any', /no such field/, /fields: all/],
    [{ event: 'X', count: 3 }, '.count', /3/, /Object/],
    [{ event: 'X', count: {} }, '.count', /an? .*object/, /one of eq, gt/],
    [{ event: 'X', sum: { gte: 3 } }, '.sum.property', /is missing/, /^$/],
    [{ event: 'X', sum: { property: 'p' } }, '.sum', /an? .*object/, /one of eq, gt/],
    [{ event: 'X', last: '7 days' }, '.last', /"7 days"/, /a duration such as/],
    [{ event: 'X', last: '0d' }, '.last', /"0d"/, /a duration/],
    [{ event: 'X', in: 'this fortnight' }, '.in', /fortnight/, /"this month"/],
    [
      { event: 'X', in: 'today', last: '7d' },
      '',
      /an? .*object/,
      /only one of last, between and in/,
    ],
    [{ event: 'X', between: ['2026-01-01'] }, '.between[1]', /is missing/, /^$/],
    [
      { event: 'X', between: ['2026-01-01', '-3d'] },
      '.between',
      /Array/,
      /two dates, or two moments relative/,
    ],
    [{ event: 'X', between: ['2026-02-01', '2026-01-01'] }, '.between', /not after/, /^$/],
    [{ event: 'X', between: ['-3d', '-7d'] }, '.between', /not after/, /^$/],
    [{ event: 'X', between: ['+3d', '+7d'] }, '.between[0]', /yet to come/, /past/],
    [
      { event: 'X', between: ['2026-02-30', '2026-03-01'] },
      '.between',
      /"2026-02-30" is no date/,
      /ISO/,
    ],
    [
      { event: 'X', where: { trait: 'a', eq: 1 } },
      '.where',
      /an? .*object/,
      /one of: property, all, any, not/,
    ],
    [
      { event: 'X', where: { all: [{ property: 'p', gt: 'a' }] } },
      '.where.all[0].gt',
      /"a"/,
      /a finite number/,
    ],
    [{ sequence: ['A'] }, '.sequence', /1/, /two steps/],
    [{ sequence: [{ not: 'A' }, 'B'] }, '.sequence', /Array/, /an event as the first step/],
    [
      { sequence: [{ event: 'A', within: '1h' }, 'B'] },
      '.sequence',
      /Array/,
      /no "within" in the first/,
    ],
    [{ sequence: ['A', 5] }, '.sequence[1]', /5/, /the name of an event, or an object/],
    [
      { sequence: ['A', { event: 'B', within: 'soon' }] },
      '.sequence[1].within',
      /"soon"/,
      /a duration/,
    ],
    [{ sequence: Array.from({ length: 11 }, () => 'A') }, '.sequence', /11/, /<=10/],
    [{ sessions: 2 }, '.sessions', /2/, /Object/],
    [{ clock: 'hour', in: [1] }, '', /an? .*object/, /time, weekday, date/],
    [{ clock: 'time', between: ['9:00', '17:00'] }, '.between[0]', /"9:00"/, /"09:30"/],
    [{ clock: 'time', between: ['09:00', '24:00'] }, '.between[1]', /"24:00"/, /time of day/],
    [{ clock: 'weekday', in: ['funday'] }, '.in[0]', /funday/, /"monday"/],
    [
      { clock: 'date', between: ['2026-12-24', '01-03'] },
      '',
      /an? .*object/,
      /two dates with a year/,
    ],
    [
      { clock: 'date', between: ['2026-12-24', '2026-12-23'] },
      '',
      /an? .*object/,
      /not after the second/,
    ],
    [{ clock: 'date', between: ['02-30', '03-03'] }, '.between', /"02-30" is no date/, /ISO/],
    [{ consent: 'email' }, '.is', /is missing/, /^$/],
    [{ consent: 'email', is: true }, '.is', /true/, /"granted"/],
    [{ consent: 'E-mail', is: 'granted' }, '.consent', /"E-mail"/, /a purpose such as/],
    [{ identifier: 'E mail' }, '.identifier', /"E mail"/, /an identifier type/],
    [{ identifier: 'email', gt: 5 }, '.gt', /no such field/, /identifier, eq/],
    [{ list: 'VIP customers' }, '.list', /"VIP customers"/, /at most 32/],
    [{ segment: 'nobody' }, '', /no segment has the key "nobody"/, /x/],
    [{ segment: 'x' }, '', /refers to itself: x → x/, /^$/],
    [
      { aggregate: 'spent', gte: 1 },
      '',
      /no aggregate has the key "spent"/,
      /no aggregate is defined/,
    ],
    [{ all: Array.from({ length: 500 }, () => leaf) }, '', /501 parts/, /at most 500/],
    [deep(20), '', /nested too deep/, /20 levels/],
  ])('%j', async (when, path, wrong, allowed) => {
    const faults = await faultsOf(when)
    const found = faults.find((fault) => fault.path === `segments[0].when${path}`)
    expect(faults.map((fault) => fault.path)).toContain(`segments[0].when${path}`)
    expect(found?.wrong).toMatch(wrong)
    expect(found?.allowed ?? '').toMatch(allowed)
  })

  it.each([
    { trait: 'constructor', eq: 'x' },
    { trait: '__proto__', exists: false },
    { context: 'a.constructor.prototype', exists: true },
    { event: 'toString', where: { property: 'hasOwnProperty', exists: true } },
    { trait: 'v', matches: '^(a+)+$' },
    deep(19),
  ])('names and patterns that others trip over are fine: %j', async (when) => {
    expect(await faultsOf(when)).toEqual([])
  })

  it('a tree of hundreds of levels is refused, and does not end the stack', async () => {
    const faults = await faultsOf(deep(400))
    expect(faults.map(({ wrong }) => wrong).join()).toMatch(/nested too deep/)
  })

  it('a circle through several segments is told', async () => {
    const faults = await faultsOf(
      { segment: 'y' },
      {
        segments: [
          { key: 'x', name: 'X', when: { segment: 'y' } },
          { key: 'y', name: 'Y', when: { not: { segment: 'x' } } },
        ],
      },
    )
    expect(faults).toMatchObject([{ wrong: 'it refers to itself: x → y → x' }])
  })

  it('what knows nobody cannot ask for somebody', async () => {
    const counted = { key: 'n', name: 'N', event: 'X', compute: 'count' }
    const faults = await faultsOf(leaf, {
      aggregates: [
        { ...counted, where: { property: 'a', eq: { trait: 'b' } } },
        { ...counted, key: 'm', where: { property: 'a', before: '2026-01-01', zone: 'visitor' } },
      ],
    })
    expect(faults.map(({ path }) => path)).toEqual([
      'aggregates[0].where.eq',
      'aggregates[1].where.zone',
    ])
  })
})

const warningsOf = async (when: unknown, more: object = {}) => {
  const checked = await checkDraft(draftOf(when, more), false)
  if (!checked.ok) throw new Error(JSON.stringify(checked.error))
  return checked.value.warnings
}

describe('what is less exact than it looks', () => {
  it('is nothing, as long as there is room', async () => {
    for (const when of [
      { event: 'X' },
      { event: 'X', last: '30d', count: { gte: 500 } },
      { event: 'X', in: 'this month', sum: { property: 'p', gte: 1 } },
      { event: 'X', in: 'this session' },
      { sequence: ['A', 'B'] },
    ]) {
      expect(await warningsOf(when)).toEqual([])
    }
  })

  it('is told where the visitor’s own days count, or a filter knows the person or the clock', async () => {
    expect(await warningsOf({ event: 'X', in: 'today', zone: 'visitor' })).toMatchObject(
      [{ path: 'segments[0].when', about: 'event "X" count gte 1 today', why: /visitor/ }].map(
        ({ why, ...rest }) => ({ ...rest, why: expect.stringMatching(why) as string }),
      ),
    )
    for (const wanted of [{ eq: { trait: 'favourite' } }, { after: '-7d' }]) {
      const [warning] = await warningsOf({ event: 'X', where: { property: 'p', ...wanted } })
      expect(warning?.why).toMatch(/the person or the clock/)
    }
  })

  it('is told where the bytes are spent: the smallest come first, and equal asks share', async () => {
    const windows = Array.from({ length: 30 }, (_, i) => ({
      event: `E${i}`,
      last: '60d',
      distinct: { property: 'p', gte: 2 },
    }))
    const all = [{ event: 'Small' }, { event: 'Small', count: { gte: 3 } }, ...windows]
    const warnings = await warningsOf({ any: all })
    expect(warnings.length).toBe(30)
    expect(warnings[0]).toMatchObject({ about: 'event "E0" distinct of p gte 2 in the last 60d' })
    expect(warnings[0]?.why).toMatch(/takes [\d]+ bytes in every profile, and \d+ of \d+ are left/)
  })

  it('leaves room to declared aggregates first, and uses theirs', async () => {
    const declared = {
      key: 'n',
      name: 'N',
      event: 'X',
      compute: 'unique',
      property: 'p',
      last: '38d',
    }
    const leaf = { event: 'X', last: '7d', distinct: { property: 'p', gte: 2 } }
    expect(await warningsOf(leaf, { aggregates: [declared] })).toEqual([])
    const other = { ...leaf, event: 'Y' }
    expect(await warningsOf(other, { aggregates: [declared] })).toHaveLength(1)
  })
})

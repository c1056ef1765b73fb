/** What is said of a formula that is wrong, and of one that fails for somebody: where, what was found, what there is. */
import { describe, expect, it } from 'vitest'
import { formulaEngine } from '../../worker/core/decision/formula.ts'
import type { Facts } from '../../worker/core/condition/facts.ts'
import type { FormulaScope } from '../../worker/core/decision/formula-port.ts'
import type { CompiledAction } from '../../worker/core/decision/plan.ts'
import { runFault } from '../../worker/core/decision/formula-run-faults.ts'
import { nearest } from '../../worker/core/nearest.ts'

const scope: FormulaScope = {
  segments: new Map([
    ['knitwear-lover', 0],
    ['pro', 1],
  ]),
  attributes: new Map([['margin', 'double']]),
  aggregates: new Map([['orders', { type: 'double', read: () => 1 }]]),
}
const ATTRIBUTES = 'key, priority, tags, margin'
const NAMES = 'action, profile, aggregates, context, segments'

describe('a formula at fault is told', () => {
  it.each<[formula: string, wrong: string, allowed?: string]>([
    ['', 'it is empty', 'a number to rank by'],
    ['  \n', 'it is empty', 'a number to rank by'],
    [
      'action.margn * 2.0',
      'column 8: the attribute "margn" cannot be read',
      `"margin"? There are: ${ATTRIBUTES}`,
    ],
    [
      'action["margn"]',
      'column 1: the attribute "margn" cannot be read',
      `"margin"? There are: ${ATTRIBUTES}`,
    ],
    [
      'action.margin\n  + action.size',
      'line 2, column 12: the attribute "size" cannot be read',
      ATTRIBUTES,
    ],
    [
      'acton.margin',
      'column 1: "acton" is no name that formulas know',
      `"action"? There are: ${NAMES}`,
    ],
    ['user.age', 'column 1: "user" is no name that formulas know', NAMES],
    ['aggregates.ordrs', 'column 12: no aggregate has the key "ordrs"', '"orders"'],
    ['profile.trait.x', 'column 9: a profile has no "trait"', 'profile.traits, by name'],
    [
      'segments["knitwear-lovr"] ? 1 : 0',
      'column 1: no segment has the key "knitwear-lovr"',
      '"knitwear-lover"? There are: knitwear-lover, pro',
    ],
    ['1.0 + (segments.size() * 1.0)', 'column 8: "segments" needs a name: segments["…"]'],
    ['action.margin *', 'column 16: it ends too early'],
    ['action.margin ** 2', 'column 16: "*" is not expected here'],
    ['action.margin and 1', 'column 15: "and" is not expected here'],
    ['(1.0', 'column 5: ")" is missing'],
    ['[1.0', 'column 5: "]" is missing'],
    ['(1.0 2.0', 'column 6: ")" is missing: "2.0" stands here'],
    ['true ? 1.0', 'column 11: ":" is missing'],
    ['"abc', 'column 1: the text that begins here has no end'],
    ['"a\nb"', 'line 1, column 3: a text ends in the line in which it begins'],
    ['if x', 'column 1: "if" is a reserved word'],
    ['#', 'column 1: "#" is not expected here'],
    [
      'action.margin + "x"',
      'column 1: "number + text" cannot be worked out',
      'both sides of one kind',
    ],
    ['!1.0', 'column 1: "!number" cannot be worked out', 'both sides of one kind'],
    ['sise(action.tags) * 1.0', 'column 1: there is no function "sise"', '"size"?'],
    ['frobnicate(1)', 'column 1: there is no function "frobnicate"'],
    ['size(1)', 'column 1: "size(whole number)" is not there: "size" goes with other things'],
    ['action.margin ? 2.0 : 3.0', 'column 8: what stands before "?" is number', 'true or false'],
    [
      'true ? 1.0 : "x"',
      'column 1: the two ends of "? :" are number and text',
      'two of one kind: 1.0 and 0.5',
    ],
    ['true || 1 ? 1 : 0', 'column 1: "&&" and "||" do not go with whole number', 'true or false'],
    ['size([1, "a"])', 'column 10: a list holds one kind of thing; here are whole number and text'],
    [
      'has(action) ? 1 : 0',
      'column 5: has(): not with "action"',
      'a field, such as has(profile.traits.plan)',
    ],
    ['action.margin[0]', 'column 1: "action.margin[0]" reads no field'],
    ['action.margin > 1.0', 'it gives true or false', 'a number'],
    ['action.key', 'it gives text', 'a number'],
    [`1.0${' + 1.0'.repeat(150)}`, 'it has more than 200 parts'],
    [`${'('.repeat(30)}1${')'.repeat(30)}`, 'it is nested deeper than 24 levels'],
  ])('%j', (formula, wrong, allowed) => {
    const fault = formulaEngine.fault(formula, scope)
    expect([fault?.wrong, fault?.allowed]).toEqual([wrong, allowed])
  })

  it('and nothing where there is none', () => {
    expect(formulaEngine.fault('action.margin * (segments.pro ? 2 : 1)', scope)).toBeNull()
  })
})

describe('a formula that fails for somebody is told in our words', () => {
  const traits = {
    age: '12',
    plan: 'pro',
    long: 'x'.repeat(500),
    list: [1, 2],
    map: { a: 1 },
    half: 1.5,
    yes: true,
    zone: 'Nowhere/Land',
  }
  const person = {
    profile: {
      traits: Object.fromEntries(Object.entries(traits).map(([name, value]) => [name, { value }])),
    },
    context: { page: { path: '/' }, items: [1, 2] },
    segment: () => true,
  } as unknown as Facts
  const scored = (formula: string) => {
    const known: FormulaScope = {
      ...scope,
      aggregates: new Map([
        ['orders', { type: 'double', read: () => undefined }],
        ['favourite', { type: 'dyn', read: () => 'knitwear' }],
      ]),
    }
    expect(formulaEngine.fault(formula, known)).toBeNull()
    const action = {} as CompiledAction
    const subject = { key: 'a', margin: 3, priority: 0, tags: ['t'] }
    return formulaEngine.compile(formula, known).scorer(person, new Map([[action, subject]]))(
      action,
    )
  }

  it.each<[formula: string, error: string]>([
    ['profile.traits.none', 'column 16: "none" has no value'],
    ['1.0 +\n  aggregates.orders', 'line 2, column 14: "orders" has no value'],
    ['context.page.title.size()', 'column 14: "title" has no value'],
    ['{"a": 1.0}[profile.traits.long]', `column 1: "${'x'.repeat(79)}…" has no value`],
    ['action.margin * profile.traits.age', 'column 1: "number * text" cannot be worked out'],
    ['aggregates.favourite * 2.0', 'column 1: "text * number" cannot be worked out'],
    ['profile.traits.map + 1.0', 'column 1: "map + number" cannot be worked out'],
    ['profile.traits.map < 1.0 ? 1 : 0', 'column 1: "map < number" cannot be worked out'],
    ['-profile.traits.plan', 'column 1: "-text" cannot be worked out'],
    ['"a" in profile.traits.plan ? 1 : 0', 'column 1: "text in text" cannot be worked out'],
    ['1 / 0', 'column 1: it divides by 0'],
    ['1 % 0', 'column 1: it divides by 0'],
    ['1.0 / (action.margin - 3.0)', 'it gives no finite number'],
    ['9223372036854775807 + 1', 'column 1: a whole number is larger than 64 bits hold'],
    ['int(profile.traits.plan)', 'column 1: int() makes nothing of what it is given'],
    ['double(profile.traits.plan)', 'column 1: double() makes nothing of what it is given'],
    ['bool(profile.traits.age) ? 1 : 0', 'column 1: bool() makes nothing of what it is given'],
    ['bytes(profile.traits.plan).json().size()', 'json() makes nothing of what it is given'],
    ['profile.traits.list[5]', 'column 1: a list has no element 5'],
    ['context.items[-1]', 'column 1: a list has no element -1'],
    ['profile.traits.plan.substring(9).size()', 'column 1: a text is not so long: substring()'],
    ['profile.traits.plan ? 1 : 0', 'column 16: text stands where true or false is needed'],
    [
      'profile.traits.half && true ? 1 : 0',
      'column 16: number stands where true or false is needed',
    ],
    [
      'action.tags.exists(t, profile.traits.plan) ? 1 : 0',
      'column 38: text stands where true or false is needed',
    ],
    [
      'size(profile.traits.half)',
      'column 1: "size(number)" is not there: "size" goes with other things',
    ],
    [
      'profile.traits.half.startsWith("a") ? 1 : 0',
      'column 1: "number.startsWith(text)" is not there: "startsWith" goes with other things',
    ],
    [
      'timestamp(profile.traits.plan).getHours()',
      'column 1: timestamp() is given no moment, such as "2026-02-01T00:00:00Z"',
    ],
    [
      'timestamp("2026-02-01T00:00:00Z").getHours(profile.traits.zone)',
      'a time zone is named that is none',
    ],
    [
      'duration(profile.traits.plan).getHours()',
      'column 1: duration() is given no duration, such as "90s"',
    ],
    [
      'profile.traits.?none.value()',
      'column 1: value() is asked of what has none: orValue(…) gives it one',
    ],
    ['profile.traits.plan', 'it gives text: a number is needed'],
    ['profile.traits.yes', 'it gives true or false: a number is needed'],
    ['profile.traits.list', 'it gives a list: a number is needed'],
    ['profile.traits.map', 'it gives a map: a number is needed'],
  ])('%j', (formula, error) => {
    expect(scored(formula)).toEqual({ error })
  })

  it('what nobody thought of too: never in the words of what computes it', () => {
    class Strange extends Error {
      readonly code = 'new_in_the_next_version'
      readonly summary = "Expected type 'dyn<double>'"
      readonly range = { start: 4, end: 5 }
    }
    const untold = 'it cannot be worked out with what is known here'
    expect(runFault('1 + 2', new Strange())).toBe(`column 5: ${untold}`)
    expect(runFault('1 + 2', new TypeError('x is undefined'))).toBe(untold)
    expect(runFault('1 + 2', null)).toBe(untold)
  })
})

describe('the nearest name', () => {
  it.each([
    ['hero-welcom', 'hero-welcome'],
    ['hreo-welcome', 'hero-welcome'],
    ['HERO-WELCOME', 'hero-welcome'],
    ['prp', 'pro'],
    ['xyz', null],
    ['', null],
  ])('%j', (name, near) => {
    expect(nearest(name, ['hero-welcome', 'pro', 'sale'])).toBe(near)
  })
})

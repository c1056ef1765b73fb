/** What publishing says of a formula that is wrong: where, what was found, what there is. */
import { describe, expect, it } from 'vitest'
import { formulaEngine } from '../../worker/core/decision/formula.ts'
import type { FormulaScope } from '../../worker/core/decision/formula-port.ts'
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

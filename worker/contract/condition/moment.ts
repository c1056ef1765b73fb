/** Durations, moments and calendar periods as conditions write them. */
import * as v from 'valibot'

/** `30m`, `24h`, `7d`, `2w`: whole numbers of seconds, minutes, hours, days or weeks. */
export const duration = v.pipe(
  v.string(),
  v.regex(/^[1-9]\d{0,5}[smhdw]$/, 'Expected a duration such as "30m", "24h", "7d" or "2w"'),
)

/** Whole days, for what goes by the calendar. */
export const dayCount = v.pipe(
  v.string(),
  v.regex(/^[1-9]\d{0,2}[dw]$/, 'Expected a number of days or weeks such as "7d" or "2w"'),
)

const RELATIVE = /^[+-][1-9]\d{0,5}[smhdw]$/

const isRelative = (text: string): boolean => RELATIVE.test(text)

export const A_MOMENT =
  'an ISO 8601 date such as "2026-04-01T00:00:00+09:00", or one relative to now such as "-30d"'

/** An ISO 8601 moment, or one relative to now: `-30d` is thirty days ago. */
export const moment = v.pipe(
  v.string(),
  v.check(
    (text) =>
      isRelative(text) || (/^\d{4}-\d{2}-\d{2}/.test(text) && !Number.isNaN(Date.parse(text))),
    `Expected ${A_MOMENT}`,
  ),
)

export type Between = readonly [from: string, until: string]

export const between = v.pipe(
  v.tuple([moment, moment], 'Expected two moments: [from, until]'),
  v.check(
    ([from, until]) => isRelative(from) === isRelative(until),
    'Expected two dates, or two moments relative to now such as ["-30d", "-7d"]',
  ),
)

const PERIODS = [
  'today',
  'yesterday',
  'this week',
  'last week',
  'this month',
  'last month',
  'this quarter',
  'last quarter',
  'this year',
  'last year',
  'this session',
] as const
export type PeriodName = (typeof PERIODS)[number]

export const periodName = v.picklist(PERIODS)

/** Days are the workspace's unless they are the visitor's own. */
export const zone = v.picklist(['workspace', 'visitor'])
export type ZoneOf = v.InferOutput<typeof zone>

/** What part of time an event leaf looks at; all of it unless one is named. */
export interface Window {
  readonly last?: string
  readonly between?: Between
  readonly in?: PeriodName
  readonly zone?: ZoneOf
}

export const windowEntries = {
  last: v.optional(duration),
  between: v.optional(between),
  in: v.optional(periodName),
  zone: v.optional(zone),
}

export const hasOneWindow = (leaf: object): boolean =>
  ['last', 'between', 'in'].filter((name) => Object.hasOwn(leaf, name)).length <= 1
export const ONE_WINDOW = 'Expected only one of last, between and in'

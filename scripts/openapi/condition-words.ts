/** What editors show beside a condition while it is typed. The whole meaning: docs/conditions.md. */
import type { JsonSchema } from './convert.ts'

/** Of a definition: what a leaf or a branch asks. */
const LEAVES: Readonly<Record<string, string>> = {
  Condition: 'Who somebody is, what they did, or what this request is like.',
  ConditionTrait:
    'What was said of the person last. Missing: only ne, nin, none and exists: false hold.',
  ConditionAggregate: 'A computed trait that stands under "aggregates".',
  ConditionContext:
    'What came with this request: page, referrer, campaign, or anything that is sent. "a.b" leads into objects.',
  ConditionSeen: 'When the person’s first or last event happened.',
  ConditionEvent:
    'How often something was done, how much of it, how many different, and when. Without a measure: at all.',
  ConditionSequence: 'One thing after another, or the lack of it, among the newest 100 events.',
  ConditionSessions: 'How many visits: events less than half an hour apart are one.',
  ConditionSegment: 'Whether the person is in another segment.',
  ConditionList: 'Whether the person is on an uploaded list.',
  ConditionIdentifier: 'An identifier of a type. Without an operator: that there is one.',
  ConditionConsent: 'What somebody chose for a purpose. Any denial denies.',
  ConditionClock: 'The time of day, the weekday or the date, now.',
  ConditionClockTime: 'From a time of day up to before another, also across midnight.',
  ConditionClockWeekday: 'The weekday, now.',
  ConditionClockDate: 'From a date to another, both included; without years, every year.',
  ConditionAll: 'Every part holds.',
  ConditionAny: 'At least one part holds.',
  ConditionNot: 'The part does not hold: the exact complement.',
  PropertyCondition: 'A filter on one event’s own properties.',
  PropertyConditionProperty: 'A property of the event; "a.b" leads into objects.',
  PropertyConditionAll: 'Every part holds of the event.',
  PropertyConditionAny: 'At least one part holds of the event.',
  PropertyConditionNot: 'The part does not hold of the event.',
  ElementCondition: 'A condition on one element of a list.',
  ElementConditionProperty: 'A property of the element, where elements are objects.',
  ElementConditionAll: 'Every part holds of the same element.',
  ElementConditionAny: 'At least one part holds of the element.',
  ElementConditionNot: 'The part does not hold of the element.',
  ElementConditionOperators: 'Operators on the element itself.',
  Step: 'A step of a sequence.',
  StepName: 'The name of an event that happened after the step before.',
  StepEvent: 'An event that happened after the step before, with a filter or within some time.',
  StepNot: 'What did not happen after the step before, nor before the next one.',
  OperandScalar:
    'A text, a number, true or false; or { "trait": … } or { "property": … } to compare with.',
  OperandList: 'A list of texts, numbers, true or false; or where one stands.',
  OperandText: 'A text, or where one stands.',
  OperandNumber: 'A finite number, or where one stands.',
  OperandMoment: 'An ISO 8601 date, a moment relative to now such as "-30d", or where one stands.',
  OperandPattern: 'A regular expression in RE2’s syntax: its time is linear in the text.',
  OperandAnniversary: '"today", "this week", "this month", or { "within": "7d" }.',
  Duration: 'A duration such as "30m", "24h", "7d" or "2w".',
  Between: 'Two dates, or two moments relative to now such as ["-30d", "-7d"].',
  PeriodName:
    'A period of the calendar, in the workspace’s time zone unless "zone" says the visitor’s.',
  ZoneOf: 'Whose days: the workspace’s, or the visitor’s where anybody knows them.',
  NumberOperators: 'One or more of eq, gt, gte, lt, lte.',
  MomentOperators: 'before, after or both.',
  PropertyMeasure: 'A property of the events, and what its sum or its number of values must be.',
}

/** Of a field, wherever in a condition it stands. */
const FIELDS: Readonly<Record<string, string>> = {
  eq: 'Equal, of the same type; texts after NFKC.',
  ne: 'Not equal: holds for a missing value, too.',
  in: 'One of these.',
  nin: 'None of these: holds for a missing value, too.',
  exists: 'Whether there is a value; null is none.',
  contains: 'A text with this part, or a list with this element.',
  startsWith: 'A text that begins so.',
  endsWith: 'A text that ends so.',
  matches: 'A text in which this pattern is found.',
  gt: 'A greater number.',
  gte: 'This number or a greater one.',
  lt: 'A smaller number.',
  lte: 'This number or a smaller one.',
  before: 'A moment before this one.',
  after: 'A moment after this one.',
  anniversary: 'A date whose day of the year is today, this week, this month, or within some days.',
  any: 'A list of which some element passes.',
  all: 'A list of which every element passes.',
  none: 'No element passes: holds for a missing list, too.',
  zone: 'Whose days: "workspace" (the default) or "visitor".',
  trait: 'The trait’s name, as it stands.',
  aggregate: 'Its key under "aggregates".',
  context: 'Path within the context of the request.',
  seen: 'The first or the last event.',
  property: 'Path within the properties.',
  identifier: 'A type of identifiers, such as "email" or "user_id".',
  consent: 'A purpose, such as "analytics" or "email".',
  is: 'granted, denied, or unknown when nobody has chosen.',
  list: 'The list’s name.',
  segment: 'The segment’s key.',
  event: 'The event’s name; "$page", "$identify" and so on for other calls.',
  count: 'How many there are.',
  sum: 'What a property adds up to.',
  distinct: 'How many different values a property has.',
  latest: 'When it happened last.',
  earliest: 'When it happened first.',
  where: 'Only events that pass this filter.',
  last: 'Within so much time until now.',
  between: 'From one to the other.',
  within: 'Within so much time after the step before.',
  sequence: 'Steps, in their order.',
  sessions: 'How many there are.',
  clock: 'time, weekday or date.',
  not: 'What must not be.',
}

const IN_PERIOD = 'Within a period of the calendar.'
const WINDOWED = new Set(['ConditionEvent', 'ConditionSequence', 'ConditionSessions'])
const JOINED = /(All|Any)$/

/** A definition of the condition language with its words; any other as it is. */
export function worded(name: string, schema: JsonSchema): JsonSchema {
  const leaf = LEAVES[name]
  if (leaf === undefined) return schema
  const described = Object.entries(schema.properties ?? {}).map(([field, one]) => {
    const words =
      field === 'in' && WINDOWED.has(name)
        ? IN_PERIOD
        : JOINED.test(name)
          ? 'The parts.'
          : FIELDS[field]
    return [field, words === undefined ? one : { ...(one as JsonSchema), description: words }]
  })
  const { description: rule } = schema
  const isRule = rule !== undefined && /^Expected (an operator|only)/.test(rule)
  return {
    ...schema,
    description: isRule ? `${leaf} ${rule}.` : leaf,
    ...(described.length === 0 ? {} : { properties: Object.fromEntries(described) as never }),
  }
}

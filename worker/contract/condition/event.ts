/** Leaves about what somebody did. */
import * as v from 'valibot'
import { duration, hasOneWindow, ONE_WINDOW, windowEntries, zone, type Window } from './moment.ts'
import {
  hasOperator,
  momentOperators,
  needsOperator,
  numberEntries,
  numberOperators,
  operatorEntries,
  type InZone,
  type MomentOperators,
  type NumberOperators,
  type Operators,
} from './operators.ts'
import { byField, eventName, key, parts, treeOf, type Kind } from './schema.ts'
import { strict } from '../strict.ts'

export type PropertyCondition =
  | { readonly all: readonly PropertyCondition[] }
  | { readonly any: readonly PropertyCondition[] }
  | { readonly not: PropertyCondition }
  | ({ readonly property: string } & Operators & InZone)

export interface PropertyMeasure extends NumberOperators {
  readonly property: string
}

/** Every measure named must hold; without one, that there is an event at all. */
export interface Measures {
  readonly count?: NumberOperators
  readonly sum?: PropertyMeasure
  readonly distinct?: PropertyMeasure
  readonly latest?: MomentOperators
  readonly earliest?: MomentOperators
}

export interface EventLeaf extends Measures, Window {
  readonly event: string
  readonly where?: PropertyCondition
}

export interface Step {
  readonly event: string
  readonly where?: PropertyCondition
  /** After the step before. */
  readonly within?: string
}
export interface AbsentStep {
  /** What did not happen. */
  readonly not: string
  readonly where?: PropertyCondition
  readonly within?: string
}

export interface SequenceLeaf extends Window {
  readonly sequence: readonly (string | Step | AbsentStep)[]
}

export interface SessionsLeaf extends Window {
  readonly sessions: NumberOperators
}

const self = (): v.GenericSchema => where

/** What a condition on an event's properties can be. */
export const whereBranches: readonly Kind[] = [
  byField(
    'property',
    v.pipe(
      strict({ property: key, ...operatorEntries, zone: v.optional(zone) }),
      v.check((leaf) => hasOperator(leaf), needsOperator),
    ),
  ),
  byField('all', strict({ all: parts(self) })),
  byField('any', strict({ any: parts(self) })),
  byField('not', strict({ not: v.lazy(self) })),
]
export const where = treeOf<PropertyCondition>(() => whereBranches)

export const propertyMeasure = v.pipe(
  strict({
    property: key,
    ...numberEntries,
  }),
  v.check((o) => Object.keys(o).length > 1, 'Expected one of eq, gt, gte, lt, lte'),
)

export const eventLeaf = v.pipe(
  strict({
    event: eventName,
    count: v.optional(numberOperators),
    sum: v.optional(propertyMeasure),
    distinct: v.optional(propertyMeasure),
    latest: v.optional(momentOperators),
    earliest: v.optional(momentOperators),
    where: v.optional(where),
    ...windowEntries,
  }),
  v.check((leaf) => hasOneWindow(leaf), ONE_WINDOW),
)

const MAX_STEPS = 10

const stepEntries = { where: v.optional(where), within: v.optional(duration) }
/** What a step of a sequence can be. */
export const stepBranches: readonly Kind[] = [
  { name: 'name', schema: eventName, isMeant: (input) => typeof input === 'string' },
  byField('event', strict({ event: eventName, ...stepEntries })),
  byField('not', strict({ not: eventName, ...stepEntries })),
]
export const step = treeOf<string | Step | AbsentStep>(
  () => stepBranches,
  'Expected the name of an event, or an object with "event" or "not"',
)

export const sequenceLeaf = v.pipe(
  strict({
    sequence: v.pipe(
      v.array(step, 'Expected a list of steps'),
      v.minLength(2, 'Expected two steps or more'),
      v.maxLength(MAX_STEPS),
      v.check(
        ([first]) => typeof first === 'string' || (first !== undefined && 'event' in first),
        'Expected an event as the first step, not an absence',
      ),
      v.check(
        ([first]) => typeof first === 'string' || first?.within === undefined,
        'Expected no "within" in the first step: there is none before it',
      ),
    ),
    ...windowEntries,
  }),
  v.check((leaf) => hasOneWindow(leaf), ONE_WINDOW),
)

export const sessionsLeaf = v.pipe(
  strict({ sessions: numberOperators, ...windowEntries }),
  v.check((leaf) => hasOneWindow(leaf), ONE_WINDOW),
)

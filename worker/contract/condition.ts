/** The condition language: a JSON tree that reads aloud. Meaning: docs/conditions.md */
import * as v from 'valibot'
import {
  eventLeaf,
  sequenceLeaf,
  sessionsLeaf,
  type EventLeaf,
  type SequenceLeaf,
  type SessionsLeaf,
} from './condition/event.ts'
import { clockLeaf, type ClockLeaf } from './condition/clock.ts'
import { operatorEntries, valueLeaf, type InZone, type Operators } from './condition/operators.ts'
import { byField, key, parts, treeOf, type Kind } from './condition/schema.ts'
import { strict } from './strict.ts'

export { clockBranches, clockLeaf } from './condition/clock.ts'
export { elementBranches, elementCondition } from './condition/operators.ts'
export { step, stepBranches, where, whereBranches } from './condition/event.ts'
export { duration } from './condition/moment.ts'
export { operands } from './condition/operators.ts'
export type {
  EventLeaf,
  Measures,
  PropertyCondition,
  PropertyMeasure,
  SequenceLeaf,
  SessionsLeaf,
  Step,
} from './condition/event.ts'
export type { ClockLeaf } from './condition/clock.ts'
export type { Between, Window } from './condition/moment.ts'
export type {
  Anniversary,
  ElementCondition,
  InZone,
  NumberOperators,
  Operators,
  Reference,
  Scalar,
} from './condition/operators.ts'

type ValueLeaf<Subject> = Subject & Operators & InZone

export type IdentifierLeaf = { readonly identifier: string } & Pick<
  Operators,
  'eq' | 'ne' | 'in' | 'nin' | 'exists' | 'contains' | 'startsWith' | 'endsWith' | 'matches'
>

export type Condition =
  | { readonly all: readonly Condition[] }
  | { readonly any: readonly Condition[] }
  | { readonly not: Condition }
  | { readonly segment: string }
  | ValueLeaf<{ readonly trait: string }>
  | ValueLeaf<{ readonly aggregate: string }>
  | ValueLeaf<{ readonly context: string }>
  | ValueLeaf<{ readonly seen: 'first' | 'last' }>
  | IdentifierLeaf
  | { readonly consent: string; readonly is: 'granted' | 'denied' | 'unknown' }
  | { readonly list: string }
  | EventLeaf
  | SequenceLeaf
  | SessionsLeaf
  | ClockLeaf

/** Of a static list, and so of its mark in profiles. */
export const listName = v.pipe(
  v.string(),
  v.regex(/^[a-z0-9][a-z0-9_-]{0,31}$/, 'Expected a name of at most 32 of a-z, 0-9, "-" and "_"'),
)

const { eq, ne, in: among, nin, exists, contains, startsWith, endsWith, matches } = operatorEntries

const self = (): v.GenericSchema => condition

/** What a condition can be, by the field that tells it. */
export const conditionBranches: readonly Kind[] = [
  byField('trait', valueLeaf({ trait: key })),
  byField('aggregate', valueLeaf({ aggregate: key })),
  byField('context', valueLeaf({ context: key })),
  byField('seen', valueLeaf({ seen: v.picklist(['first', 'last']) })),
  byField('event', eventLeaf),
  byField('sequence', sequenceLeaf),
  byField('sessions', sessionsLeaf),
  byField('segment', strict({ segment: key })),
  byField('list', strict({ list: listName })),
  byField(
    'identifier',
    strict({
      identifier: v.pipe(
        v.string(),
        v.regex(/^[a-z][a-z0-9_]{0,31}$/, 'Expected an identifier type such as "email"'),
      ),
      ...{ eq, ne, in: among, nin, exists, contains, startsWith, endsWith, matches },
    }),
  ),
  byField(
    'consent',
    strict({
      consent: v.pipe(
        v.string(),
        v.regex(/^[a-z][a-z_]{0,31}$/, 'Expected a purpose such as "analytics" or "email"'),
      ),
      is: v.picklist(['granted', 'denied', 'unknown']),
    }),
  ),
  byField('clock', clockLeaf),
  byField('all', strict({ all: parts(self) })),
  byField('any', strict({ any: parts(self) })),
  byField('not', strict({ not: v.lazy(self) })),
]
export const condition = treeOf<Condition>(() => conditionBranches)

/** How people call the period they are in, and the one before. */
import type { Unit } from './calendar.ts'

export interface NamedPeriod {
  readonly unit: Unit
  /** How many periods before the current one. */
  readonly back: number
}

const UNITS = ['week', 'month', 'quarter', 'year'] as const

const NAMED: ReadonlyMap<string, NamedPeriod> = new Map<string, NamedPeriod>([
  ['today', { unit: 'day', back: 0 }],
  ['yesterday', { unit: 'day', back: 1 }],
  ...UNITS.map((unit) => [`this ${unit}`, { unit, back: 0 }] as const),
  ...UNITS.map((unit) => [`last ${unit}`, { unit, back: 1 }] as const),
])

/** undefined for a name that is none of contract/condition's. */
export const namedPeriod = (name: string): NamedPeriod | undefined => NAMED.get(name)

/**
 * Days, weeks, months, quarters and years of one zone. A period has a number,
 * one more than the one before it, by which what happened in it can be kept.
 */
import { DAY_MS } from './units.ts'
import type { Zone } from './zone.ts'

export type Unit = 'day' | 'week' | 'month' | 'quarter' | 'year'
export type WeekStart = 'monday' | 'sunday' | 'saturday'

export interface Period {
  readonly number: number
  /** Inclusive. */
  readonly fromMs: number
  /** Exclusive: where the next one begins. */
  readonly untilMs: number
}

export interface Calendar {
  readonly zone: Zone
  readonly weekStart: WeekStart
  /** Days since 1970-01-01 on the local calendar. */
  dayOf(atMs: number): number
  /** The first moment of a day. */
  startOfDay(day: number): number
  /** The period that a moment is in. */
  at(unit: Unit, atMs: number): Period
  /** The same period of another number. */
  numbered(unit: Unit, number: number): Period
}

/** Days from a week's first day to 1970-01-01, a Thursday. */
const TO_THURSDAY: Readonly<Record<WeekStart, number>> = { monday: 3, sunday: 4, saturday: 5 }

interface CivilDate {
  readonly year: number
  /** 0 is January. */
  readonly month: number
  /** Of the month, from 1. */
  readonly date: number
}

export function civilDate(day: number): CivilDate {
  const date = new Date(day * DAY_MS)
  return { year: date.getUTCFullYear(), month: date.getUTCMonth(), date: date.getUTCDate() }
}

/** Months beyond December run on into the next years. */
export const dayOfCivil = (year: number, month: number, date: number): number => {
  // Date.UTC takes years below 100 for those of the 20th century.
  const first = new Date(0).setUTCFullYear(year, month, 1)
  return first / DAY_MS + date - 1
}

const MONTHS: Readonly<Record<'month' | 'quarter' | 'year', number>> = {
  month: 1,
  quarter: 3,
  year: 12,
}

export function calendarOf(zone: Zone, weekStart: WeekStart): Calendar {
  const shift = TO_THURSDAY[weekStart]
  /** The period of each unit asked about last: mostly the one asked about next. */
  const latest = new Map<Unit, Period>()

  const numberOf = (unit: Unit, day: number): number => {
    if (unit === 'day') return day
    if (unit === 'week') return Math.floor((day + shift) / 7)
    const { year, month } = civilDate(day)
    return Math.floor((year * 12 + month) / MONTHS[unit])
  }
  const firstDay = (unit: Unit, number: number): number => {
    if (unit === 'day') return number
    if (unit === 'week') return number * 7 - shift
    const months = number * MONTHS[unit]
    return dayOfCivil(Math.floor(months / 12), months - Math.floor(months / 12) * 12, 1)
  }
  const dayOf = (atMs: number): number => Math.floor((atMs + zone.offsetMs(atMs)) / DAY_MS)
  const startOfDay = (day: number): number => zone.momentOf(day * DAY_MS)
  const numbered = (unit: Unit, number: number): Period => ({
    number,
    fromMs: startOfDay(firstDay(unit, number)),
    untilMs: startOfDay(firstDay(unit, number + 1)),
  })
  return {
    zone,
    weekStart,
    dayOf,
    startOfDay,
    numbered,
    at: (unit, atMs) => {
      const known = latest.get(unit)
      if (known !== undefined && atMs >= known.fromMs && atMs < known.untilMs) return known
      let period = numbered(unit, numberOf(unit, dayOf(atMs)))
      // A clock set back across midnight tells the day before once more: that day is over.
      if (atMs >= period.untilMs) period = numbered(unit, period.number + 1)
      latest.set(unit, period)
      return period
    },
  }
}

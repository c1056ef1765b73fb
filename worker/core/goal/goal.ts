/** Goals as folding reads them: which records are hits, and what they are worth. */
import type { GoalConfig } from '../../contract/goal.ts'
import type { JsonValue } from '../../contract/message.ts'
import type { PropertyReader, Setting } from '../condition/scope.ts'
import { compileEventFilter } from '../condition/where.ts'
import { digest } from '../hash.ts'
import { durationMs } from '../time.ts'
import type { Hit } from './hit.ts'

export interface CompiledGoal {
  readonly key: string
  /** What profiles call it. */
  readonly id: string
  readonly windowMs: number
  readonly after: 'impression' | 'click'
  /** Something makes two hits the same: a business key, or the decision that was clicked. */
  readonly keyed: boolean
  /** A hit is its own decision's alone: a click. */
  readonly own: boolean
  /** Hits that a profile keeps. */
  readonly kept: number
  /** Those that its hits may have. */
  readonly currencies: readonly string[]
}

/** One kind of record that is a hit of a goal. */
export interface GoalReader {
  readonly goal: CompiledGoal
  readonly event: string
  /** null where the record is none. */
  readonly read: (record: HitRecord) => Hit | null
}

export interface HitRecord {
  readonly read: PropertyReader
  readonly timestampMs: number
  /** Of the messageId. */
  readonly digest: string
}

/** Enough to tell a page that is loaded again, and to see refunds of what was bought lately. */
const KEYED_HITS = 8
/** Only the first of a window matters. */
const OTHER_HITS = 3
/** Amounts beyond a billion are a mistake; the hit counts without them. */
const MAX_AMOUNT = 1e9

const EXPOSURE_EVENTS = new Set(['$click', '$dismiss'])

export function compileGoal(
  config: GoalConfig,
  setting: Setting,
): {
  readonly goal: CompiledGoal
  readonly readers: readonly GoalReader[]
} {
  const { event, where, businessKey, value, refund } = config
  const own = EXPOSURE_EVENTS.has(event)
  const keyed = own || businessKey !== undefined
  const currencies = value?.currencies ?? (value?.currency === undefined ? [] : [value.currency])
  const goal: CompiledGoal = {
    key: config.key,
    id: digest(config.key),
    windowMs: durationMs(config.window),
    after: config.after,
    keyed,
    own,
    kept: keyed ? KEYED_HITS : OTHER_HITS,
    currencies,
  }
  const currencyOf = (read: PropertyReader): string => {
    if (value?.currency !== undefined) return value.currency
    const told = value === undefined ? undefined : read(value.currencyProperty)
    return typeof told === 'string' && currencies.includes(told) ? told : ''
  }
  const keyOf = ({ read, digest: message }: HitRecord): string => {
    if (own) return textOf(read('exposure')) ?? message
    if (businessKey === undefined) return ''
    const told = textOf(read(businessKey))
    // Without its key a message is only the same as itself.
    return told === null ? message : digest(told)
  }
  const reader = (
    name: string,
    filter: GoalConfig['where'],
    amountOf: (read: PropertyReader) => number | null,
    isRefund: boolean,
  ): GoalReader => {
    const passes = filter === undefined ? null : compileEventFilter(filter, setting)
    return {
      goal,
      event: name,
      read(record) {
        const { read, timestampMs } = record
        if (passes !== null && !passes(read, timestampMs)) return null
        const amount = amountOf(read)
        const currency = amount === null ? '' : currencyOf(read)
        if (isRefund && currency === '') return null
        return {
          atMs: timestampMs,
          key: keyOf(record),
          micro: currency === '' ? 0 : (amount as number),
          currency,
          refund: isRefund,
        }
      },
    }
  }
  const readers = [reader(event, where, (read) => microOf(value && read(value.property)), false)]
  if (refund !== undefined && value !== undefined) {
    const property = refund.property ?? value.property
    const negative = (read: PropertyReader): number | null => {
      const amount = microOf(read(property))
      return amount === null ? null : -Math.abs(amount)
    }
    readers.push(reader(refund.event, refund.where, negative, true))
  }
  return { goal, readers }
}

const textOf = (value: JsonValue | undefined): string | null =>
  typeof value === 'string' && value !== ''
    ? value
    : typeof value === 'number'
      ? String(value)
      : null

function microOf(amount: JsonValue | undefined): number | null {
  if (typeof amount !== 'number' || !Number.isFinite(amount)) return null
  return Math.abs(amount) > MAX_AMOUNT ? null : Math.round(amount * 1e6)
}

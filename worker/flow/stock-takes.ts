/** What reservations take of stocks over everybody: by the record that spends, so that a repeat takes nothing. */
import type { Decision } from '../core/decision/decide.ts'
import { StockRoom, type Stock, type StockTake } from '../core/decision/stock.ts'
import type { CompiledPlacement } from '../core/decision/plan.ts'
import type { EventRecord } from '../core/record.ts'
import type { Stocks } from './ports.ts'

/** How much of the stocks of some placements was taken, as far as it is known by now. */
export interface StockLevels {
  /** For one question, or for the people of one commit together. */
  room(): StockRoom
  learn(taken: ReadonlyMap<string, number>): void
}

/** null where none of the placements has anything of which there are only so many. Throws StoreError. */
export async function stockLevels(
  stocks: Stocks | undefined,
  placements: readonly CompiledPlacement[],
): Promise<StockLevels | null> {
  const keys = [...new Set(placements.flatMap((one) => one.stocks.map(({ key }) => key)))]
  if (keys.length === 0 || stocks === undefined) return null
  const known = new Map(await stocks.taken(keys))
  return {
    room: () => new StockRoom(known),
    learn: (taken) => {
      for (const [key, count] of taken) known.set(key, count)
    },
  }
}

/** messageId of a record that spends → the stock that it takes from. */
export type Takes = ReadonlyMap<string, Stock>

/** @param messageIds of the records, one for each choice */
export const takesOf = (
  { choices }: Decision,
  messageIds: readonly string[],
): (readonly [string, Stock])[] =>
  choices.flatMap(({ action }, i) =>
    action.stock === null ? [] : [[messageIds[i] as string, action.stock] as const],
  )

export function stockTakes(takes: Takes, records: readonly EventRecord[]): StockTake[] {
  const sums = new Map<string, StockTake>()
  for (const { messageId, late } of records) {
    const stock = late === true ? undefined : takes.get(messageId)
    if (stock === undefined) continue
    sums.set(stock.key, { ...stock, take: (sums.get(stock.key)?.take ?? 0) + 1 })
  }
  return [...sums.values()]
}

/**
 * Tallies follow the files as any sink does: what was chosen and what came of
 * it, added up in the database that decisions are made from. They can be made
 * anew from the files at any time.
 */
import type { JsonObject } from '../contract/message.ts'
import { Tallying } from '../core/learning/totals.ts'
import type { Tallies } from '../flow/learning-ports.ts'
import type { Clock } from './ports.ts'
import { SinkError, type Cell, type RowGroup, type Sink } from './sink-ports.ts'

/** No key of a configured sink can be this. */
export const TALLIES = '$tallies'

const decoder = new TextDecoder()
const textOf = (cell: Cell): string | null =>
  cell instanceof Uint8Array ? decoder.decode(cell) : null

export function tallySink(tallies: Tallies, clock: Clock): Sink {
  return {
    name: TALLIES,
    async apply({ batchId, read }) {
      const tallying = new Tallying()
      for await (const group of read()) addGroup(tallying, group)
      try {
        const added = await tallies.add(batchId, tallying.totals(), clock.nowMs())
        return added ? 'applied' : 'already'
      } catch (cause) {
        throw new SinkError('unavailable', 'the tallies could not be written', { cause })
      }
    },
    close: async () => {},
  }
}

const EXPOSURES = new Set(['$impression', '$click'])
const DERIVED = new Set(['$reward', '$outcome'])

function addGroup(tallying: Tallying, { rows, columns }: RowGroup): void {
  const column = (name: string): ArrayLike<Cell> => columns.get(name) ?? []
  const [types, events, times, lates, previews, properties] = [
    'type',
    'event',
    'timestamp',
    'late',
    'preview',
    'properties',
  ].map(column) as [
    ArrayLike<Cell>,
    ArrayLike<Cell>,
    ArrayLike<Cell>,
    ArrayLike<Cell>,
    ArrayLike<Cell>,
    ArrayLike<Cell>,
  ]
  for (let i = 0; i < rows; i++) {
    const type = textOf(types[i]) ?? ''
    const event = textOf(events[i])
    if (!DERIVED.has(type) && !(type === 'track' && EXPOSURES.has(event ?? ''))) continue
    // What was shown for a look is no result.
    if (previews[i] === true) continue
    const object = objectOf(textOf(properties[i]))
    // Nobody could write it but Tsugi; what cannot be read adds nothing.
    if (object === null) continue
    tallying.add({
      type,
      event,
      timestampMs: Number(times[i]),
      late: lates[i] === true,
      properties: object,
    })
  }
}

function objectOf(json: string | null): JsonObject | null {
  try {
    const value: unknown = JSON.parse(json ?? 'null')
    return typeof value === 'object' && value !== null ? (value as JsonObject) : null
  } catch {
    return null
  }
}

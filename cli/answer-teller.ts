/** Tells an answer as its rows come: only a table waits for all, since its columns line up. */
import { once } from 'node:events'
import type { Json } from '@duckdb/node-api'
import { csvLine, jsonRow, tableText } from './answer-text.ts'

export type AnswerFormat = 'table' | 'json' | 'csv'

/** More than anybody reads in a terminal. */
const SHOWN_ROWS = 1000

export interface Teller {
  begin(names: readonly string[], types: readonly string[]): Promise<void>
  /** False where no more are wanted. */
  rows(rows: readonly (readonly Json[])[]): Promise<boolean>
  end(): Promise<void>
  hasBegun(): boolean
}

/** @param note what is not part of the answer */
export function teller(
  format: AnswerFormat,
  output: NodeJS.WriteStream,
  note: (line: string) => void,
): Teller {
  let names: readonly string[] = []
  let types: readonly string[] = []
  let count = 0
  let begun = false
  const held: (readonly Json[])[] = []
  // No faster than somebody reads it.
  const print = async (text: string): Promise<void> => {
    if (!output.write(text)) await once(output, 'drain')
  }
  return {
    async begin(columns, kinds) {
      names = columns
      types = kinds
      // Asked again because a file went away, the names stand there already.
      if (format === 'csv' && !begun) await print(`${csvLine(names)}\r\n`)
      begun = true
    },
    async rows(rows) {
      if (format === 'table') {
        held.push(...rows.slice(0, SHOWN_ROWS - held.length))
        count += rows.length
        return count <= SHOWN_ROWS
      }
      const lines = rows.map((row, i) => {
        if (format === 'csv') return `${csvLine(row)}\r\n`
        return `${count + i === 0 ? '[\n' : ',\n'}${JSON.stringify(jsonRow(names, types, row))}`
      })
      count += rows.length
      await print(lines.join(''))
      return true
    },
    async end() {
      if (format === 'json') await print(count === 0 ? '[]\n' : '\n]\n')
      if (format !== 'table') return
      await print(`${tableText(names, held)}\n`)
      if (count > SHOWN_ROWS) note(`(the first ${SHOWN_ROWS} rows: LIMIT, or --csv for all)`)
      else note(count === 1 ? '(1 row)' : `(${count} rows)`)
    },
    hasBegun: () => count > 0,
  }
}

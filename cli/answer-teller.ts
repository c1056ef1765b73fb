/** Tells an answer as its rows come: only a table waits for all, since its columns line up. */
import { once } from 'node:events'
import type { Json } from '@duckdb/node-api'
import { asText, csvLine, isFormula, jsonRow, tableText } from './answer-text.ts'

/** `raw` is CSV that holds what might be a formula as it is. */
export type AnswerFormat = 'table' | 'json' | 'csv' | 'raw'

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
  output: NodeJS.WritableStream,
  note: (line: string) => void,
): Teller {
  let names: readonly string[] = []
  let types: readonly string[] = []
  let count = 0
  let begun = false
  let formulas = 0
  const isCsv = format === 'csv' || format === 'raw'
  const guarded = (cell: Json): Json => {
    if (isFormula(cell)) formulas++
    return asText(cell)
  }
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
      if (isCsv && !begun) await print(`${csvLine(names)}\r\n`)
      begun = true
    },
    async rows(rows) {
      if (format === 'table') {
        held.push(...rows.slice(0, SHOWN_ROWS - held.length))
        count += rows.length
        return count <= SHOWN_ROWS
      }
      const lines = rows.map((row, i) => {
        if (isCsv) return `${csvLine(format === 'raw' ? row : row.map(guarded))}\r\n`
        return `${count + i === 0 ? '[\n' : ',\n'}${JSON.stringify(jsonRow(names, types, row))}`
      })
      count += rows.length
      await print(lines.join(''))
      return true
    },
    async end() {
      if (format === 'json') await print(count === 0 ? '[]\n' : '\n]\n')
      if (formulas > 0) {
        note(
          `(${formulas} cells begin as a formula does: with a ' in front, so that no spreadsheet runs them; --raw leaves them as they are)`,
        )
      }
      if (format !== 'table') return
      await print(`${tableText(names, held)}\n`)
      if (count > SHOWN_ROWS) note(`(the first ${SHOWN_ROWS} rows: LIMIT, or --csv for all)`)
      else note(count === 1 ? '(1 row)' : `(${count} rows)`)
    },
    hasBegun: () => count > 0,
  }
}

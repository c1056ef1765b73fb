/** Rows of an answer as text: for people, for programs, for spreadsheets. */
import type { Json } from '@duckdb/node-api'
import { table } from './table.ts'

/** A line of a terminal holds little of a JSON column. */
const CELL_LENGTH = 60

/** @param rows as DuckDB makes them JSON: whole numbers of 64 bits and decimals as text */
export function tableText(names: readonly string[], rows: readonly (readonly Json[])[]): string {
  return table(
    names,
    rows.map((row) => row.map((cell) => shortened(cell === null ? 'NULL' : textOf(cell)))),
  )
}

function shortened(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ')
  const characters = [...line]
  return characters.length <= CELL_LENGTH
    ? line
    : `${characters.slice(0, CELL_LENGTH - 1).join('')}…`
}

const textOf = (cell: Json): string => (typeof cell === 'string' ? cell : JSON.stringify(cell))

/**
 * What a spreadsheet would take for a formula: texts come from visitors. With a
 * "'" in front it is a text again, as https://owasp.org/www-community/attacks/CSV_Injection
 * has it. Numbers may have a sign.
 */
export const isFormula = (cell: Json): boolean =>
  typeof cell === 'string' &&
  /^[=+\-@\t\r＝＋－＠]/.test(cell) &&
  !/^[+-]?\d+(?:\.\d+)?$/.test(cell)

export const asText = (cell: Json): Json =>
  typeof cell === 'string' && isFormula(cell) ? `'${cell}` : cell

/** https://www.rfc-editor.org/rfc/rfc4180; nothing where there is no value. */
export const csvLine = (row: readonly Json[]): string =>
  row.map((cell) => (cell === null ? '' : csvCell(textOf(cell)))).join()

const csvCell = (text: string): string =>
  /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text

const NUMERIC = /^(?:U?BIGINT|U?HUGEINT|DECIMAL)/

/** Numbers become numbers where none of their digits is lost by it. */
export function jsonRow(
  names: readonly string[],
  types: readonly string[],
  row: readonly Json[],
): Record<string, Json> {
  return Object.fromEntries(
    row.map((cell, i): [string, Json] => [
      names[i] ?? String(i),
      NUMERIC.test(types[i] ?? '') && typeof cell === 'string' ? numberOr(cell) : cell,
    ]),
  )
}

const numberOr = (text: string): number | string =>
  text.replaceAll(/\D/g, '').length <= 15 ? Number(text) : text

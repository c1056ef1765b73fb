/** One line of the table: what was measured, against what, and whether the budget holds. */
export interface Row {
  readonly what: string
  /** What stands beside us in the same run. */
  readonly peer: string
  readonly theirs: string
  readonly ours: string
  /** Ours to theirs, so that more is better; null where a number stands alone. */
  readonly ratio: number | null
  readonly budget: string
  readonly met: boolean
}

export interface Report {
  readonly rows: readonly Row[]
  /** How it was measured, what the numbers hide: lines of Markdown below the table. */
  readonly notes: readonly string[]
}

export interface Bench {
  /** One line for --help. */
  readonly about: string
  run(): Promise<Report>
}

export const number = (value: number, digits = 0): string =>
  value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })

const HEAD = '| what | floor or peer | theirs | ours | ratio | budget | met |'
const RULE = '|---|---|--:|--:|--:|---|---|'

const line = ({ what, peer, theirs, ours, ratio, budget, met }: Row): string =>
  `| ${what} | ${peer} | ${theirs} | ${ours} | ${ratio === null ? '' : number(ratio, 2)} | ${budget} | ${met ? 'yes' : '**no**'} |`

export const tableOf = (rows: readonly Row[]): string => [HEAD, RULE, ...rows.map(line)].join('\n')

/** A decision's line as its record holds it: without what the record itself says, and without what is usual. */
import type { PackedAnswers } from './packed-answers.ts'
import type { DecisionLine } from './replay.ts'

export interface PackedLine {
  readonly v: 2
  readonly splitKey: string
  readonly order: PackedAnswers['order']
  /** Absent: none. */
  readonly values?: PackedAnswers['values']
  /** Absent: not told. */
  readonly language?: string
  readonly bot?: true
  /** Absent: no limit. */
  readonly atMost?: number
  readonly identified?: false
}

/** What the record of the line says of it. */
export type LineFrame = Pick<DecisionLine, 'epoch' | 'nowMs' | 'placements'>

type Mutable<T> = { -readonly [key in keyof T]: T[key] }

/** @returns null for a line that is not replayable */
export function packLine(line: DecisionLine): PackedLine | null {
  const { answers, splitKey, language, bot, atMost, identified } = line
  if (answers === null) return null
  const packed: Mutable<PackedLine> = { v: 2, splitKey, order: answers.order }
  if (answers.values.length > 0) packed.values = answers.values
  if (language !== '') packed.language = language
  if (bot) packed.bot = true
  if (atMost !== null) packed.atMost = atMost
  if (!identified) packed.identified = false
  return packed
}

export const unpackLine = (
  { splitKey, order, values = [], language = '', bot, atMost, identified }: PackedLine,
  frame: LineFrame,
): DecisionLine => ({
  ...frame,
  splitKey,
  language,
  bot: bot ?? false,
  atMost: atMost ?? null,
  identified: identified ?? true,
  answers: { order, values },
})

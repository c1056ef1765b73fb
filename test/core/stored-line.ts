/** A decision's line after its record was written and read again. */
import { packLine, unpackLine, type PackedLine } from '../../worker/core/decision/packed-line.ts'
import type { DecisionLine } from '../../worker/core/decision/replay.ts'

/** @returns null for a line that is not replayable */
export function storedLine(line: DecisionLine): DecisionLine | null {
  const { epoch, nowMs, placements } = line
  const packed = JSON.parse(JSON.stringify(packLine(line))) as PackedLine | null
  return packed === null ? null : unpackLine(packed, { epoch, nowMs, placements })
}

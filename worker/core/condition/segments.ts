/** Segment membership on demand: each segment is evaluated once a request, and only if asked. */
import type { JsonObject } from '../../contract/message.ts'
import type { Profile } from '../profile/profile.ts'
import type { CompiledSegment } from '../release/release.ts'
import type { Facts } from './compile.ts'

const UNKNOWN = 0
const OUT = 1
const IN = 2

export function factsOf(
  segments: readonly CompiledSegment[],
  profile: Profile,
  context: JsonObject,
  nowMs: number,
): Facts {
  const answers = new Uint8Array(segments.length)
  const facts: Facts = {
    profile,
    context,
    nowMs,
    segment: (index) => {
      const known = answers[index]
      if (known !== UNKNOWN) return known === IN
      const holds = (segments[index] as CompiledSegment).condition.holds(facts)
      answers[index] = holds ? IN : OUT
      return holds
    },
  }
  return facts
}

/** Leaves: what looks at a person, compiled to an answer and to an account of it. */
import { nextBucketMs, readState } from '../../aggregate/aggregate.ts'
import { stateOf } from '../../profile/aggregates.ts'
import { effectiveConsent } from '../../profile/consents.ts'
import { isListed } from '../../profile/lists.ts'
import { readPath } from '../../read-path.ts'
import type { ConditionTrace } from '../../../contract/decide.ts'
import type { Facts } from '../facts.ts'
import { traitOf, type Value } from '../scope.ts'
import { indexedValue } from '../value-index.ts'
import { clockLeaf } from './clock.ts'
import { eventLeaf } from './event.ts'
import { identifierLeaf } from './identifier.ts'
import type { CompiledLeaf, Leaf, Names } from './leaf.ts'
import { sequenceLeaf } from './sequence.ts'
import { sessionsLeaf } from './sessions.ts'
import { valueLeaf } from './value.ts'

export function compileLeaf(leaf: Leaf, names: Names): CompiledLeaf {
  if ('trait' in leaf) {
    const { trait, ...operators } = leaf
    const read = ({ profile }: Facts): Value => traitOf(profile, trait)
    const indexed = indexedValue(`trait ${trait}`, operators, read)
    return { ...valueLeaf(`trait ${trait}`, leaf, names, read), indexed }
  }
  if ('event' in leaf) return eventLeaf(leaf, names)
  if ('context' in leaf) {
    const { context: path, ...operators } = leaf
    const read = ({ context }: Facts): Value => readPath(context, path)
    const indexed = indexedValue(`context ${path}`, operators, read)
    return { ...valueLeaf(`context ${path}`, leaf, names, read), indexed }
  }
  if ('segment' in leaf) {
    const index = names.segmentIndex(leaf.segment)
    const holds = (facts: Facts): boolean => facts.segment(index)
    return {
      holds,
      segment: index,
      trace: (facts) => segmentTrace(leaf.segment, index, holds(facts), facts),
      nextChangeMs: (facts) => facts.segmentNextChangeMs(index),
    }
  }
  if ('aggregate' in leaf) {
    const need = names.aggregate(leaf.aggregate)
    return valueLeaf(
      `aggregate ${leaf.aggregate}`,
      leaf,
      names,
      ({ profile, nowMs }) => readState(stateOf(profile, need), need, nowMs).value,
      need.span.kind === 'rolling'
        ? ({ profile, nowMs }) => nextBucketMs(stateOf(profile, need), need, nowMs)
        : null,
    )
  }
  if ('seen' in leaf) {
    const { seen } = leaf
    return valueLeaf(`seen ${seen}`, leaf, names, ({ profile }) =>
      profile.lastSeenMs === 0
        ? undefined
        : seen === 'first'
          ? profile.firstSeenMs
          : profile.lastSeenMs,
    )
  }
  if ('sequence' in leaf) return sequenceLeaf(leaf, names)
  if ('sessions' in leaf) return sessionsLeaf(leaf, names)
  if ('identifier' in leaf) return identifierLeaf(leaf, names)
  if ('clock' in leaf) return clockLeaf(leaf, names)
  if ('consent' in leaf) {
    const { consent, is } = leaf
    return timelessLeaf(
      `consent ${consent} is ${is}`,
      ({ profile }) => CONSENTS.get(effectiveConsent(profile.consents, consent)) as string,
      (seen) => seen === is,
    )
  }
  const { list } = leaf
  return timelessLeaf(
    `list ${list}`,
    ({ profile }) => isListed(profile, list),
    (seen) => seen,
  )
}

/** Each segment's account stands once in an account: two may ask for one, and circles there are none. */
function segmentTrace(key: string, index: number, holds: boolean, facts: Facts): ConditionTrace {
  const condition = `segment ${key}`
  if (facts.told === undefined || facts.told.has(index)) return { condition, holds }
  facts.told.add(index)
  const own = facts.segmentTrace(index, facts)
  // In a preview it may be said what no condition says.
  return own.holds === holds ? { condition, holds, parts: [own] } : { condition, holds }
}

const CONSENTS: ReadonlyMap<boolean | undefined, string> = new Map([
  [true, 'granted'],
  [false, 'denied'],
  [undefined, 'unknown'],
])

function timelessLeaf<T>(
  condition: string,
  read: (facts: Facts) => T,
  test: (seen: T) => boolean,
): CompiledLeaf {
  return {
    holds: (facts) => test(read(facts)),
    trace: (facts) => {
      const seen = read(facts)
      return { condition, holds: test(seen), seen }
    },
    nextChangeMs: null,
  }
}

/** What operators are told of segments. */
import * as v from 'valibot'
import type {
  ExplainAnswer,
  PreviewAnswer,
  ResegmentAnswer,
  SegmentExplanation,
} from '../../../worker/contract/segments.ts'
import { says } from '../same.ts'
import { conditionTrace } from './reasons.ts'

const count = v.pipe(v.number(), v.integer(), v.minValue(0))

export const resegmented = says<ResegmentAnswer>()(
  v.object({
    scanned: v.pipe(count, v.description('Profiles looked at in this step, merged ones too.')),
    changed: v.pipe(count, v.description('Of these, written.')),
    entered: count,
    exited: count,
    overtaken: v.pipe(
      count,
      v.description('Somebody else changed them meanwhile, and evaluated them in doing so.'),
    ),
    next: v.pipe(
      v.nullable(v.string()),
      v.description('Where to go on; null after the last step.'),
    ),
    epoch: count,
  }),
)

const instant = v.pipe(v.string(), v.isoTimestamp())
const account = {
  member: v.boolean(),
  requestScoped: v.pipe(v.boolean(), v.description('It reads the request: nobody enters it.')),
  nextChange: v.pipe(
    v.nullable(instant),
    v.description('When time alone could next change it: never later, possibly earlier.'),
  ),
  trace: conditionTrace,
}

export const explanation = says<SegmentExplanation>()(
  v.object({
    key: v.string(),
    version: v.string(),
    recorded: v.pipe(
      v.nullable(v.boolean()),
      v.description('What the log says; null of a segment that nobody enters.'),
    ),
    ...account,
  }),
)

export const explained = says<ExplainAnswer>()(
  v.object({
    profileId: v.string(),
    epoch: count,
    asOf: instant,
    segments: v.array(explanation),
    when: v.exactOptional(
      v.pipe(v.object(account), v.description('Of the condition that nobody published.')),
    ),
  }),
)

export const previewed = says<PreviewAnswer>()(
  v.object({
    scanned: v.pipe(count, v.description('People looked at in this step.')),
    matched: count,
    sample: v.array(
      v.object({
        profileId: v.string(),
        lastSeen: v.pipe(
          v.nullable(instant),
          v.description('null of somebody who was only put on a list.'),
        ),
        identifiers: v.array(v.object({ type: v.string(), value: v.string() })),
      }),
    ),
    next: v.pipe(
      v.nullable(v.string()),
      v.description('Where to go on; null after the last step.'),
    ),
    asOf: instant,
    epoch: count,
    requestScoped: v.pipe(
      v.boolean(),
      v.description('The condition reads the request, and here there is none.'),
    ),
  }),
)

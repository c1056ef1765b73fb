/** What operators are told of segments. */
import * as v from 'valibot'
import type { ResegmentAnswer } from '../../../worker/contract/segments.ts'
import { says } from '../same.ts'

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

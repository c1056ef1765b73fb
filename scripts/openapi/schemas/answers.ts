/** What pages and servers are answered, as schemas that the compiler holds to the worker's own types. */
import * as v from 'valibot'
import type { DecideAnswer, DecisionAnswer, DecisionItem } from '../../../worker/contract/decide.ts'
import type { PreviewState, PreviewLink } from '../../../worker/contract/preview.ts'
import type { CollectAnswer, JsonValue, Rejection } from '../../../worker/contract/message.ts'
import type { Fault, Problem } from '../../../worker/contract/problem.ts'
import type { patchProfile } from '../../../worker/flow/patch-profile.ts'
import type { SectionPage, wholeProfile } from '../../../worker/flow/read-profile.ts'
import { PROBLEM_CODES, REJECTION_CODES } from '../problems.ts'
import { says } from '../same.ts'
import { explanation, reason } from './reasons.ts'

const count = v.pipe(v.number(), v.integer(), v.minValue(0))
const instant = v.pipe(v.string(), v.isoTimestamp())
/** Anything that JSON can say. */
const json = v.unknown() as unknown as v.GenericSchema<JsonValue>

export const rejection = says<Rejection>()(
  v.object({
    index: v.pipe(count, v.description('Position in the batch as it was sent.')),
    messageId: v.nullable(v.string()),
    code: v.picklist(REJECTION_CODES),
    field: v.exactOptional(v.pipe(v.string(), v.description('JSON path to the field at fault.'))),
    detail: v.string(),
  }),
)

export const collectAnswer = says<CollectAnswer>()(
  v.object({
    success: v.pipe(v.boolean(), v.description('True when nothing was rejected.')),
    accepted: v.pipe(count, v.description('How many are durable, repeats included.')),
    rejected: v.array(rejection),
  }),
)

/** analytics.js defines the rest: https://github.com/segmentio/analytics-next */
export const settings = v.looseObject({
  integrations: v.object({
    'Segment.io': v.looseObject({
      apiKey: v.string(),
      apiHost: v.string(),
      protocol: v.picklist(['http', 'https']),
    }),
  }),
})
export const taken = v.object({ success: v.literal(true) })

export const fault = says<Fault>()(
  v.object({
    path: v.string(),
    in: v.exactOptional(
      v.pipe(
        v.string(),
        v.description('Keys of the elements that the path names by place: "policy hero-welcome".'),
      ),
    ),
    wrong: v.string(),
    allowed: v.exactOptional(v.string()),
  }),
)

export const problem = says<Problem>()(
  v.object({
    type: v.pipe(v.string(), v.url()),
    title: v.string(),
    status: v.pipe(v.number(), v.integer()),
    code: v.pipe(v.picklist(PROBLEM_CODES), v.description('Stable: programs may switch on it.')),
    detail: v.exactOptional(v.string()),
    field: v.exactOptional(v.pipe(v.string(), v.description('JSON path to the field at fault.'))),
    requestId: v.string(),
    errors: v.exactOptional(v.array(fault)),
  }),
)

export const content = v.record(v.string(), v.union([v.string(), v.object({ html: v.string() })]))

export const decisionItem = says<DecisionItem>()(
  v.object({
    decisionId: v.string(),
    content,
    action: v.exactOptional(v.pipe(v.string(), v.description('Secret key only.'))),
  }),
)

export const decisionAnswer = says<DecisionAnswer>()(
  v.object({
    items: v.pipe(
      v.array(decisionItem),
      v.description('Best first. Empty: leave the page’s own content.'),
    ),
    decisionId: v.exactOptional(
      v.pipe(
        v.string(),
        v.description(
          'Where nothing of ours is shown and yet an experiment counts who would have seen it.',
        ),
      ),
    ),
    reason: v.exactOptional(reason),
    explain: v.exactOptional(explanation),
  }),
)

export const decideAnswer = says<DecideAnswer>()(
  v.object({
    decisions: v.record(v.string(), decisionAnswer),
    acked: v.pipe(v.array(v.string()), v.description('messageIds that are durable now.')),
    rejected: v.array(rejection),
    profileId: v.nullable(v.string()),
    epoch: count,
    degraded: v.pipe(
      v.boolean(),
      v.description('True when the fallback was served because the store did not answer in time.'),
    ),
    preview: v.exactOptional(
      v.pipe(v.literal(true), v.description('This browser looks at a preview: nothing counts.')),
    ),
  }),
)

export const previewLink = says<PreviewLink>()(
  v.object({
    token: v.string(),
    url: v.pipe(v.nullable(v.string()), v.description('The page with the token.')),
    source: v.string(),
    expires: instant,
  }),
)
export const previewState = says<PreviewState>()(
  v.object({ preview: v.boolean(), expires: v.exactOptional(instant) }),
)

export const profileAnswer = says<ReturnType<typeof wholeProfile>>()(
  v.object({
    profileId: v.string(),
    firstSeen: v.pipe(v.nullable(instant), v.description('null for somebody never seen.')),
    lastSeen: v.nullable(instant),
    identifiers: v.array(
      v.object({ type: v.string(), value: v.string(), firstSeen: instant, lastSeen: instant }),
    ),
    traits: v.record(v.string(), v.object({ value: json, at: instant, source: v.string() })),
    events: v.pipe(
      v.array(
        v.object({
          id: v.pipe(v.string(), v.description('Digest of the messageId.')),
          event: v.string(),
          timestamp: instant,
          properties: v.record(v.string(), json),
        }),
      ),
      v.description('Newest first, with the properties that some condition reads.'),
    ),
    segments: v.record(v.string(), v.boolean()),
    lists: v.pipe(v.array(v.string()), v.description('Static lists that the person is on.')),
    aggregates: v.record(
      v.string(),
      v.object({
        value: v.undefinedable(json),
        sampled: v.exactOptional(
          v.pipe(v.boolean(), v.description('Estimated: more distinct values than are kept.')),
        ),
        partial: v.exactOptional(
          v.pipe(v.boolean(), v.description('Published later than its window begins.')),
        ),
      }),
    ),
    exposures: v.record(
      v.string(),
      v.object({
        ever: v.exactOptional(v.pipe(count, v.description('Where some cap is for life.'))),
        recent: v.pipe(
          v.array(instant),
          v.description('The newest, to the minute, as many as some cap reads.'),
        ),
      }),
    ),
    experiments: v.record(
      v.string(),
      v.object({
        arm: v.string(),
        firstExposure: instant,
        crossedOver: v.pipe(v.boolean(), v.description('Met two arms, as when devices joined.')),
      }),
    ),
    consents: v.record(v.string(), v.undefinedable(v.boolean())),
    dropped: v.record(v.string(), v.number()),
  }),
)

export const sectionPage = says<SectionPage>()(
  v.object({
    data: v.pipe(
      v.unknown(),
      v.description('A list for events and identifiers, else values by name.'),
    ),
    nextChange: v.exactOptional(
      v.pipe(
        v.nullable(instant),
        v.description('Segments only: when time alone may next change one of them.'),
      ),
    ),
    cursor: v.object({
      limit: count,
      next: v.pipe(v.nullable(v.string()), v.description('Give it back as `next`.')),
      hasMore: v.boolean(),
    }),
  }),
)

type Patched = Extract<Awaited<ReturnType<typeof patchProfile>>, { ok: true }>['value']
export const patched = says<Patched>()(v.object({ profileId: v.string(), messageId: v.string() }))

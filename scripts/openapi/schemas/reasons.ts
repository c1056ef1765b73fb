/** Why a placement got what it got, as schemas that the compiler holds to the worker's own types. */
import * as v from 'valibot'
import type {
  ConditionTrace,
  Explanation,
  FallbackCause,
  Gate,
  Reason,
} from '../../../worker/contract/reason.ts'
import { says } from '../same.ts'

/** Each of a union's members, none left out: the compiler counts. */
const every = <T extends string>(members: Readonly<Record<T, true>>) =>
  v.picklist(Object.keys(members) as T[])

const instant = v.pipe(v.string(), v.isoTimestamp())
const policy = v.string()

const cause = every<FallbackCause>({
  stopped: true,
  bot: true,
  staff: true,
  no_consent: true,
  quiet_hours: true,
  cap_reached: true,
  no_policy_matched: true,
  no_action_left: true,
  holdout: true,
  control_arm: true,
  enough: true,
  degraded: true,
})

const gate = every<Gate>({
  stopped: true,
  bot: true,
  staff: true,
  channel: true,
  quiet_hours: true,
  schedule: true,
  consent: true,
  audience: true,
  holdout: true,
  experiment: true,
  arm: true,
  eligibility: true,
  unidentified: true,
  stock: true,
  cap: true,
  converted: true,
  excluded: true,
  diversity: true,
  formula: true,
  not_drawn: true,
  outranked: true,
  enough: true,
})

export const reason = says<Reason>()(
  v.variant('kind', [
    v.object({ kind: v.literal('preview'), policy: v.exactOptional(policy) }),
    v.object({ kind: v.literal('priority'), policy }),
    v.object({ kind: v.literal('formula'), policy }),
    v.object({
      kind: v.literal('learned'),
      policy,
      model: v.pipe(v.number(), v.description('Version of the weights; 0 for none yet.')),
      leaf: v.pipe(v.string(), v.description('Key of the context that held; empty for the rest.')),
    }),
    v.object({ kind: v.literal('split'), policy, arm: v.string() }),
    v.object({
      kind: v.literal('experiment'),
      policy,
      experiment: v.string(),
      arm: v.string(),
    }),
    v.object({
      kind: v.literal('fallback'),
      because: cause,
      policy: v.exactOptional(policy),
      notBefore: v.exactOptional(
        v.pipe(v.string(), v.isoTimestamp(), v.description('When it may be otherwise.')),
      ),
    }),
  ]),
)

export const conditionTrace: v.GenericSchema<ConditionTrace> = v.object({
  condition: v.string(),
  holds: v.boolean(),
  seen: v.exactOptional(v.unknown()),
  parts: v.exactOptional(v.array(v.lazy(() => conditionTrace))),
})

const cap = v.object({
  of: v.picklist(['served', 'impression', 'click', 'dismiss', 'conversion']),
  subject: v.pipe(v.string(), v.description('Whose cap it is: action, tag, campaign, …')),
  key: v.string(),
  max: v.number(),
  per: v.union([
    v.picklist(['lifetime', 'session', 'hour', 'day', 'week', 'month']),
    v.object({ ms: v.number() }),
  ]),
})

export const stop = {
  stoppedBy: gate,
  detail: v.exactOptional(v.string()),
  notBefore: v.exactOptional(v.pipe(instant, v.description('When the gate opens by itself.'))),
  cap: v.exactOptional(cap),
}
export const mayStop = { ...stop, stoppedBy: v.exactOptional(gate) }

export const explanation = says<Explanation>()(
  v.object({
    relevance: v.pipe(
      v.object({
        who: v.nullable(policy),
        what: v.array(v.string()),
        where: v.object({
          placement: v.string(),
          channel: v.picklist(['web', 'app', 'staff', 'email', 'line', 'push', 'sms']),
        }),
        when: v.union([v.picklist(['now', 'never']), v.object({ notBefore: instant })]),
      }),
      v.description('Who, what, where and when.'),
    ),
    placement: v.exactOptional(v.object(stop)),
    policies: v.array(
      v.object({
        policy,
        passed: v.boolean(),
        ...mayStop,
        audience: v.exactOptional(conditionTrace),
        actions: v.array(
          v.object({
            action: v.string(),
            chosen: v.boolean(),
            score: v.exactOptional(v.pipe(v.number(), v.description('By a formula.'))),
            ...mayStop,
          }),
        ),
      }),
    ),
    segments: v.record(v.string(), v.boolean()),
  }),
)

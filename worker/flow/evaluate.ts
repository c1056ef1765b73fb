/** A decision as OpenFeature tells it: the placement is the flag, its content the value. */
import type { DecideAnswer, DecisionAnswer } from '../contract/decide.ts'
import type {
  BulkEvaluation,
  FlagContext,
  FlagEvaluation,
  FlagReason,
  FlagValue,
} from '../contract/ofrep.ts'
import type { Reason } from '../contract/reason.ts'
import { scalarOf } from '../core/decision/flag-value.ts'
import type { CompiledFlag, CompiledPlacement } from '../core/decision/plan.ts'
import { fail, ok, type Result } from '../core/result.ts'
import { decide, type DecideError, type DecidePorts, type DecideRequest } from './decide.ts'
import { flagAsker } from './flag-asker.ts'

export interface EvaluateRequest extends Pick<
  DecideRequest,
  | 'release'
  | 'source'
  | 'trusted'
  | 'requestId'
  | 'userAgent'
  | 'timezone'
  | 'receivedAtMs'
  | 'budgetMs'
  | 'bytes'
  | 'forced'
> {
  readonly context: FlagContext
}

export type EvaluateError = DecideError | { readonly code: 'targeting_key_missing' }

type Flag = CompiledPlacement & { readonly flag: CompiledFlag }
const isFlag = (placement: CompiledPlacement): placement is Flag => placement.flag !== null

export async function evaluateFlag(
  ports: DecidePorts,
  request: EvaluateRequest,
  key: string,
): Promise<Result<FlagEvaluation, EvaluateError>> {
  const placement = request.release.placements.get(key)
  if (placement === undefined || !isFlag(placement)) {
    return fail({ code: 'unknown_placement', field: 'key', detail: `"${key}"` })
  }
  const decided = await decideFlags(ports, request, [placement], false)
  return decided.ok ? ok(flagOf(placement, decided.value, request.trusted)) : decided
}

/** Every flag of the release for one person. It is read again and again, so it spends nothing. */
export async function evaluateFlags(
  ports: DecidePorts,
  request: EvaluateRequest,
): Promise<Result<BulkEvaluation & { readonly degraded: boolean }, EvaluateError>> {
  const placements = [...request.release.placements.values()].filter(isFlag)
  const decided = await decideFlags(ports, request, placements, true)
  if (!decided.ok) return decided
  const { epoch, degraded } = decided.value
  return ok({
    flags: placements.map((placement) => flagOf(placement, decided.value, request.trusted)),
    metadata: { epoch },
    degraded,
  })
}

async function decideFlags(
  ports: DecidePorts,
  request: EvaluateRequest,
  placements: readonly Flag[],
  readOnly: boolean,
): Promise<Result<DecideAnswer, EvaluateError>> {
  const { targetingKey: _, userId: __, token: ___, ...context } = request.context
  const asker = flagAsker(request.context, request.trusted)
  if (asker === null) return fail({ code: 'targeting_key_missing' })
  const { id, ...ids } = asker
  return decide(ports, {
    ...request,
    ...(id === undefined ? {} : { id }),
    body: { ...ids, placements: placements.map(({ key }) => key), context },
    // The reason is OpenFeature's; what a page may not know is taken out again below.
    tells: true,
    // A flag asked for by itself and among all others is the same flag, but for what has a stock.
    apart: true,
    readOnly: readOnly || request.forced != null,
  })
}

function flagOf(
  { key, flag, policies }: Flag,
  { decisions, degraded, preview }: DecideAnswer,
  trusted: boolean,
): FlagEvaluation {
  const decision = decisions[key] as DecisionAnswer
  const reason = decision.reason as Reason
  const [best] = decision.items
  const value = valueOf(flag, decision, trusted)
  // Nothing is shown, and yet an experiment counts who would have seen it.
  const decisionId = best?.decisionId ?? decision.decisionId
  const variant = 'arm' in reason ? reason.arm : best?.action
  return {
    key,
    ...(value === null ? {} : { value }),
    reason: policies.length === 0 && value !== null ? 'STATIC' : flagReason(reason),
    ...(trusted && variant !== undefined ? { variant } : {}),
    metadata: {
      ...(decisionId === undefined ? {} : { decisionId }),
      ...(degraded ? { degraded: true as const } : {}),
      ...(preview === undefined ? {} : { preview }),
      ...(trusted ? inside(reason, best?.action) : {}),
    },
  }
}

const inside = (reason: Reason, action: string | undefined) => ({
  ...(action === undefined ? {} : { action }),
  ...(reason.policy === undefined ? {} : { policy: reason.policy }),
  ...(reason.kind === 'fallback' ? { because: reason.because } : {}),
})

/** null: nothing is shown, so the caller's own default holds. */
function valueOf(
  flag: CompiledFlag,
  { items }: DecisionAnswer,
  trusted: boolean,
): FlagValue | null {
  const [best] = items
  if (best === undefined) return null
  switch (flag.type) {
    case 'object':
      return best.content
    case 'list':
      return trusted ? items : items.map(({ decisionId, content }) => ({ decisionId, content }))
    default: {
      const content = best.content[flag.field]
      return content === undefined ? null : scalarOf(flag.type, content)
    }
  }
}

/** https://openfeature.dev/specification/types#resolution-reason */
function flagReason(reason: Reason): FlagReason {
  if (reason.kind === 'split' || reason.kind === 'experiment') return 'SPLIT'
  if (reason.kind !== 'fallback') return 'TARGETING_MATCH'
  if (reason.because === 'stopped') return 'DISABLED'
  return reason.because === 'control_arm' ? 'SPLIT' : 'DEFAULT'
}

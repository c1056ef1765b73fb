/** What OpenFeature's providers are answered. */
import * as v from 'valibot'
import type { BulkEvaluation, FlagEvaluation, FlagFailure } from '../../../worker/contract/ofrep.ts'
import { says } from '../same.ts'
import { content, decisionItem } from './answers.ts'

const secretOnly = v.exactOptional(v.pipe(v.string(), v.description('Secret key only.')))

export const flagEvaluation = says<FlagEvaluation>()(
  v.object({
    key: v.string(),
    value: v.exactOptional(
      v.pipe(
        v.union([v.boolean(), v.number(), v.string(), content, v.array(decisionItem)]),
        v.description('Absent: the code’s own default holds.'),
      ),
    ),
    reason: v.picklist(['TARGETING_MATCH', 'SPLIT', 'DEFAULT', 'STATIC', 'DISABLED']),
    variant: secretOnly,
    metadata: v.object({
      decisionId: v.exactOptional(v.string()),
      degraded: v.exactOptional(v.literal(true)),
      preview: v.exactOptional(v.literal(true)),
      action: secretOnly,
      policy: secretOnly,
      because: secretOnly,
    }),
  }),
)

export const bulkEvaluation = says<BulkEvaluation>()(
  v.object({
    flags: v.array(flagEvaluation),
    metadata: v.object({ epoch: v.number() }),
  }),
)

export const flagFailure = says<FlagFailure>()(
  v.object({
    key: v.exactOptional(v.string()),
    errorCode: v.picklist([
      'PARSE_ERROR',
      'TARGETING_KEY_MISSING',
      'INVALID_CONTEXT',
      'FLAG_NOT_FOUND',
      'GENERAL',
    ]),
    errorDetails: v.exactOptional(v.string()),
  }),
)

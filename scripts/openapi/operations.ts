/** Every route of the worker; test/tooling/openapi.test.ts holds them to what is registered. */
import type { Operation } from './operation.ts'
import { adminOperations } from './operations/admin.ts'
import { collectOperations } from './operations/collect.ts'
import { decideOperations } from './operations/decide.ts'
import { decisionOperations } from './operations/decisions.ts'
import { experimentOperations } from './operations/experiments.ts'
import { healthOperations } from './operations/health.ts'
import { segmentOperations } from './operations/segments.ts'
import { listOperations } from './operations/lists.ts'
import { ofrepOperations } from './operations/ofrep.ts'
import { policyOperations } from './operations/policies.ts'
import { previewOperations } from './operations/preview.ts'
import { profileOperations } from './operations/profiles.ts'
import { warehouseOperations } from './operations/warehouse.ts'
import { replayOperations } from './operations/replay.ts'
import { unmergeOperations } from './operations/unmerge.ts'

export const OPERATIONS: readonly Operation[] = [
  ...collectOperations,
  ...decideOperations,
  ...ofrepOperations,
  ...previewOperations,
  ...profileOperations,
  ...adminOperations,
  ...warehouseOperations,
  ...segmentOperations,
  ...listOperations,
  ...replayOperations,
  ...unmergeOperations,
  ...experimentOperations,
  ...policyOperations,
  ...decisionOperations,
  ...healthOperations,
]

/** Every named schema of the document. */
import type * as v from 'valibot'
import { CONDITION_DEFINITIONS, definitionsOf, type JsonSchema } from './convert.ts'
import * as admin from './schemas/admin.ts'
import * as answers from './schemas/answers.ts'
import * as decisions from './schemas/decisions.ts'
import * as reasons from './schemas/reasons.ts'
import * as bodies from './schemas/bodies.ts'
import * as experiments from './schemas/experiments.ts'
import * as lists from './schemas/lists.ts'
import * as ofrep from './schemas/ofrep.ts'
import * as segments from './schemas/segments.ts'
import * as warehouse from './schemas/warehouse.ts'
import * as weights from './schemas/weights.ts'
import * as replay from './schemas/replay.ts'
import * as unmerge from './schemas/unmerge.ts'

export const COMPONENTS = {
  ...CONDITION_DEFINITIONS,
  Configuration: bodies.configuration,
  Message: bodies.singleMessage,
  TrackMessage: bodies.trackMessage,
  BatchMessage: bodies.batchMessage,
  Batch: bodies.batch,
  DecideBody: bodies.decide,
  ReleaseNote: bodies.releaseNote,
  Problem: answers.problem,
  Fault: answers.fault,
  Rejection: answers.rejection,
  CollectAnswer: answers.collectAnswer,
  Settings: answers.settings,
  Taken: answers.taken,
  DecideAnswer: answers.decideAnswer,
  DecisionAnswer: answers.decisionAnswer,
  Reason: reasons.reason,
  Explanation: reasons.explanation,
  ConditionTrace: reasons.conditionTrace,
  WhyAnswer: decisions.whyAnswer,
  EvaluateBody: bodies.evaluate,
  FlagEvaluation: ofrep.flagEvaluation,
  BulkEvaluation: ofrep.bulkEvaluation,
  FlagFailure: ofrep.flagFailure,
  PreviewLinkBody: bodies.previewLink,
  PreviewLink: answers.previewLink,
  OpenPreviewBody: bodies.openPreview,
  PreviewState: answers.previewState,
  Profile: answers.profileAnswer,
  ProfileSection: answers.sectionPage,
  TraitsPatch: bodies.traitsPatch,
  Patched: answers.patched,
  Status: admin.status,
  Draft: admin.draft,
  Revision: admin.revision,
  Valid: admin.valid,
  Releases: admin.releases,
  ReleaseSummary: admin.releaseSummary,
  Release: admin.release,
  Activation: admin.activation,
  Published: admin.published,
  Switched: admin.switched,
  Lists: lists.lists,
  BeginUpload: bodies.beginBody,
  UploadBegun: lists.begun,
  MembersTaken: lists.members,
  FinishUpload: bodies.finishBody,
  UploadFinished: lists.finished,
  ExplainBody: bodies.explainBody,
  SegmentExplanation: segments.explanation,
  Explained: segments.explained,
  PreviewBody: bodies.previewBody,
  Previewed: segments.previewed,
  ResegmentBody: bodies.resegmentBody,
  Resegmented: segments.resegmented,
  Warehouse: warehouse.warehouse,
  SinkStatus: warehouse.sinkStatus,
  DeadLetter: warehouse.deadLetter,
  SinkRetry: warehouse.sinkRetry,
  Manifest: warehouse.manifest,
  Experiments: experiments.experiments,
  ExperimentResults: experiments.experimentResults,
  Comparison: experiments.comparison,
  SampleRatio: experiments.sampleRatio,
  PolicyWeights: weights.policyWeights,
  Records: admin.records,
  Record: admin.record,
  ReplayWish: replay.replayWish,
  Replay: replay.replay,
  UnmergeWish: unmerge.unmergeWish,
  Unmerge: unmerge.unmerge,
  Alive: admin.alive,
  Ready: admin.ready,
} satisfies Record<string, v.GenericSchema>

export type ComponentName = Exclude<keyof typeof COMPONENTS, number | symbol>

export const componentRef = (name: string): { readonly $ref: string } => ({
  $ref: `#/components/schemas/${name}`,
})

/** As JSON Schema, with words for the fields of what clients send. */
export function componentSchemas(): Record<string, JsonSchema> {
  const schemas = definitionsOf(COMPONENTS, (name) => componentRef(name).$ref)
  for (const [name, words] of Object.entries(bodies.WORDS)) {
    const properties = schemas[name]?.properties ?? {}
    for (const [field, description] of Object.entries(words)) {
      const property = properties[field]
      if (typeof property !== 'object') throw new Error(`${name} has no field "${field}"`)
      properties[field] = { ...property, description }
    }
  }
  return schemas
}

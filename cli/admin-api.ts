/** The admin surface of a Tsugi worker, as the command line and the start script use it. */
import type { PreviewLink, PreviewLinkBody } from '../worker/contract/preview.ts'
import type { Problem, Warning } from '../worker/contract/problem.ts'
import type { ReplayAnswer } from '../worker/contract/replay.ts'
import type {
  FinishAnswer,
  ListMode,
  ListsAnswer,
  MembersAnswer,
  UploadAnswer,
} from '../worker/contract/lists.ts'
import type { ExplainAnswer, PreviewAnswer, ResegmentAnswer } from '../worker/contract/segments.ts'
import type { UnmergeAnswer, UnmergeBody } from '../worker/contract/unmerge.ts'
import type { WeightsAnswer } from '../worker/contract/weights.ts'
import type { WhyAnswer } from '../worker/contract/why.ts'
import type { ExperimentResults } from '../worker/core/experiment/results.ts'
import type { EventRecord } from '../worker/core/record.ts'
import { printable } from './table.ts'

export interface Connection {
  /** http://127.0.0.1:8787 */
  readonly url: string
  /** The worker's ADMIN_TOKEN. */
  readonly token: string
}

export interface ReleaseLine {
  readonly number: number
  readonly note: string
  /** ISO 8601. */
  readonly createdAt: string
  readonly active: boolean
}
export interface Status {
  /** null, as is the release, before the first publish. */
  readonly epoch: number | null
  readonly release: number | null
  readonly stopped: boolean
  readonly draftRevision: number | null
  /** What waits for the warehouse. */
  readonly outbox: { readonly rows: number; readonly oldestReceivedAt: string | null }
  /** Whose memberships time may have changed; the sweep sees to them. */
  readonly due: { readonly profiles: number; readonly oldest: string | null }
}
export type SequencedRecord = EventRecord & { readonly seq: number }
export interface Activated {
  readonly release: number
  readonly epoch: number
}
export interface Published extends Activated {
  /** Paths of HTML content that sanitizing changed. */
  readonly sanitized?: readonly string[]
  readonly warnings?: readonly Warning[]
}

/** The worker refused: its problem document says why. */
export class AdminError extends Error {
  override readonly name = 'AdminError'
  readonly problem: Problem

  constructor(problem: Problem) {
    super(problem.detail ?? problem.title)
    this.problem = problem
  }
}

/** The worker could not be asked, or did not answer as a Tsugi worker does. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError'
}

/** Something else answers there: it will go on doing so. */
export class StrangerError extends UnreachableError {}

/**
 * Of an answer that is not the worker's. What stands before a worker speaks for
 * it while it is away or overrun, which passes.
 * @param said of which the beginning is told
 */
export function answeredByAnother(
  url: string,
  { status }: Response,
  said = '',
): UnreachableError | StrangerError {
  // What is never closed goes to the end: else each beginning of it would be looked after that far.
  const plain = said.replaceAll(/<(style|script)[^]*?(?:<\/\1>|$)|<[^>]*(?:>|$)/gi, ' ')
  const text = printable(plain.replaceAll(/\s+/g, ' ').trim()).slice(0, 120)
  const told = `${status}${text === '' ? '' : `: ${text}`}`
  return status >= 500 || status === 429
    ? new UnreachableError(`No answer from ${url}: something before it says ${told}.`)
    : new StrangerError(`Something else answers at ${url}, no Tsugi worker (${told}).`)
}

export interface ExperimentLine {
  readonly experiment: string
  readonly control: string
  readonly arms: readonly { readonly arm: string; readonly share: number }[]
  /** Keys of the goals that it is told by. */
  readonly goals: readonly string[]
}

export interface AdminApi {
  status(): Promise<Status>
  releases(): Promise<readonly ReleaseLine[]>
  /** The configuration of a release, as it was published. */
  release(number: number): Promise<unknown>
  activate(number: number): Promise<Activated>
  /** null before the first draft. */
  draft(): Promise<{ revision: number; configuration: unknown } | null>
  /** `revision` is the draft's that this one was made from; null skips the check. */
  saveDraft(configuration: unknown, revision: number | null): Promise<{ revision: number }>
  /** Throws AdminError with every fault. */
  check(configuration: unknown): Promise<{ readonly warnings?: readonly Warning[] }>
  publish(note: string | undefined): Promise<Published>
  setStopped(stopped: boolean): Promise<{ epoch: number; stopped: boolean }>
  /** One step of evaluating everybody. */
  resegment(step: {
    readonly cursor: string | null
    readonly limit: number
    readonly repair: boolean
  }): Promise<ResegmentAnswer>
  /** Why somebody is in segments or out of them. The body: ExplainBody of worker/contract. */
  explain(body: object): Promise<ExplainAnswer>
  /** One step of counting who a condition fits. */
  preview(step: {
    readonly when: unknown
    readonly cursor: string | null
    readonly at: string
    readonly limit: number
    readonly sample: number
  }): Promise<PreviewAnswer>
  /** One step of undoing a merge. */
  unmerge(step: UnmergeBody): Promise<UnmergeAnswer>
  /** Why a decision of the past came out as it did, with names in that language where they have one. */
  why(decisionId: string, language: string): Promise<WhyAnswer>
  experiments(): Promise<{ readonly experiments: readonly ExperimentLine[] }>
  results(experiment: string): Promise<ExperimentResults>
  /** What a policy that learns draws by; null is the newest version. */
  weights(policy: string, version: number | null): Promise<WeightsAnswer>
  /** By name, after one of them; null begins. */
  lists(after: string | null): Promise<ListsAnswer>
  beginUpload(list: string, mode: ListMode): Promise<UploadAnswer>
  /** At most MAX_LINES lines of NDJSON. Sent again they count once. */
  sendMembers(list: string, upload: string, mode: ListMode, lines: string): Promise<MembersAnswer>
  /** One step of ending an upload. */
  finishUpload(
    list: string,
    upload: string,
    step: {
      readonly cursor: string | null
      readonly lines: number
      readonly refused: number
      readonly mode: ListMode
    },
  ): Promise<FinishAnswer>
  /** Begins a run, or finds the one that was begun with this wish. */
  beginReplay(wish: ReplayWish): Promise<ReplayAnswer>
  /** A bounded piece of it. */
  stepReplay(): Promise<ReplayAnswer>
  abandonReplay(): Promise<ReplayAnswer>
  /** A link that shows one browser what it would not get. */
  previewLink(body: PreviewLinkBody): Promise<PreviewLink>
  /** After a cursor, oldest first, or the newest ones for null; `next` is where to go on. */
  records(
    after: number | null,
    limit: number,
  ): Promise<{ records: readonly SequencedRecord[]; next: number }>
}

/** Moments are ISO 8601; null is unbounded. */
export interface ReplayWish {
  readonly apply: boolean
  readonly from: string | null
  readonly to: string | null
}

const PATIENCE_MS = 30_000

export function adminApi({ url, token }: Connection): AdminApi {
  const call = async <T>(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<T> => {
    const response = await fetch(`${url}/admin/v1/${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      signal: AbortSignal.timeout(PATIENCE_MS),
    }).catch((error: Error) => {
      const cause = error.cause instanceof Error ? error.cause : error
      const why = (cause as NodeJS.ErrnoException).code ?? cause.message
      throw new UnreachableError(`No answer from ${url} (${why}).`, { cause: error })
    })
    const answer = await readJson(response, url)
    // Every answer of a worker has it; another service may speak JSON too.
    if (!response.headers.has('x-request-id')) throw answeredByAnother(url, response)
    if (!response.ok) throw new AdminError(answer as Problem)
    return answer as T
  }
  return {
    status: () => call('GET', 'status'),
    releases: async () => (await call<{ releases: ReleaseLine[] }>('GET', 'releases')).releases,
    release: async (number) =>
      (await call<{ configuration: unknown }>('GET', `releases/${number}`)).configuration,
    activate: (number) => call('POST', `releases/${number}/activate`),
    draft: async () => {
      try {
        return await call('GET', 'configuration')
      } catch (error) {
        if (error instanceof AdminError && error.problem.code === 'not_found') return null
        throw error
      }
    },
    saveDraft: (configuration, revision) =>
      call(
        'PUT',
        'configuration',
        configuration,
        revision === null ? {} : { 'if-match': `"${revision}"` },
      ),
    check: (configuration) => call('POST', 'configuration/check', configuration),
    publish: (note) => call('POST', 'releases', note === undefined ? {} : { note }),
    setStopped: (stopped) => call('POST', stopped ? 'stop' : 'resume'),
    resegment: (step) => call('POST', 'segments/resegment', step),
    unmerge: (step) => call('POST', 'profiles/unmerge', step),
    lists: (after) =>
      call('GET', after === null ? 'lists' : `lists?after=${encodeURIComponent(after)}`),
    beginUpload: (list, mode) =>
      call('POST', `lists/${encodeURIComponent(list)}/uploads`, { mode }),
    sendMembers: (list, upload, mode, lines) =>
      call(
        'POST',
        `lists/${encodeURIComponent(list)}/members?mode=${mode}&upload=${encodeURIComponent(upload)}`,
        lines,
        { 'content-type': 'application/x-ndjson' },
      ),
    finishUpload: (list, upload, step) =>
      call(
        'POST',
        `lists/${encodeURIComponent(list)}/uploads/${encodeURIComponent(upload)}/finish`,
        step,
      ),
    explain: (body) => call('POST', 'segments/explain', body),
    preview: (step) => call('POST', 'segments/preview', step),
    why: (decisionId, language) =>
      call('GET', `decisions/${encodeURIComponent(decisionId)}/why?language=${language}`),
    experiments: () => call('GET', 'experiments'),
    results: (experiment) => call('GET', `experiments/${encodeURIComponent(experiment)}/results`),
    weights: (policy, version) =>
      call(
        'GET',
        `policies/${encodeURIComponent(policy)}/weights${version === null ? '' : `?version=${version}`}`,
      ),
    beginReplay: (wish) => call('POST', 'replay', wish),
    stepReplay: () => call('POST', 'replay/step', {}),
    abandonReplay: () => call('DELETE', 'replay'),
    previewLink: (body) => call('POST', 'preview-links', body),
    records: (after, limit) =>
      call('GET', `records?limit=${limit}${after === null ? '' : `&after=${after}`}`),
  }
}

async function readJson(response: Response, url: string): Promise<unknown> {
  const text = await response.text()
  try {
    const parsed: unknown = JSON.parse(text)
    if (response.ok || typeof (parsed as Problem | null)?.code === 'string') return parsed
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  throw answeredByAnother(url, response, text)
}

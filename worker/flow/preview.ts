/** Makes a preview link's ticket out of what an operator asks for, and says whether one still holds. */
import type { Configuration } from '../contract/config.ts'
import type { PreviewLinkBody } from '../contract/preview.ts'
import type { Forced } from '../core/decision/forced.ts'
import { placementsOfActions } from '../core/release/placements.ts'
import { fail, ok, type Result } from '../core/result.ts'
import { durationMs, instantMs } from '../core/time.ts'

/** What a link carries, sealed; and what it was exchanged for. */
export interface PreviewTicket {
  readonly id: string
  /** Key of the source whose pages may use it. */
  readonly source: string
  readonly forced: Forced
  readonly untilMs: number
}

export interface PreviewFault {
  readonly field?: string
  readonly detail: string
}

const DAY_MS = 86_400_000
const LONGEST_MS = 7 * DAY_MS
/** How long a browser that used the link goes on showing it. */
const SESSION_MS = 3_600_000

export function previewTicket(
  config: Configuration,
  body: PreviewLinkBody,
  { id, nowMs }: { readonly id: string; readonly nowMs: number },
): Result<PreviewTicket, PreviewFault> {
  const source = sourceOf(config, body)
  if (!source.ok) return source
  const actions = actionsOf(config, body)
  if (!actions.ok) return actions
  const arms = armsOf(config, body)
  if (!arms.ok) return arms
  const segments = body.segments ?? []
  const unknown = segments.find((key) => !config.segments.some((segment) => segment.key === key))
  if (unknown !== undefined) return fail({ field: 'segments', detail: `no segment "${unknown}"` })
  const forced: Forced = {
    actions: actions.value,
    arms: arms.value,
    segments,
    atMs: body.at === undefined ? null : instantMs(body.at),
  }
  if (body.at !== undefined && forced.atMs === null) {
    return fail({ field: 'at', detail: `"${body.at}" is no date` })
  }
  const forces = [body.action, body.arm, body.at, segments[0]].some((value) => value !== undefined)
  const untilMs = untilOf(body.expires, nowMs)
  if (!forces) {
    const also = untilMs === null ? `; and of "expires": ${EXPIRES}` : ''
    return fail({
      detail: `say what to show: an action, an arm, segments, or a moment ("at")${also}`,
    })
  }
  return untilMs === null
    ? fail({ field: 'expires', detail: EXPIRES })
    : ok({ id, source: source.value, forced, untilMs })
}
const EXPIRES = 'expected a moment in the future, a week from now at the latest'

function sourceOf(
  { sources }: Configuration,
  { url, source }: PreviewLinkBody,
): Result<string, PreviewFault> {
  if (source !== undefined && !sources.some(({ key }) => key === source)) {
    return fail({ field: 'source', detail: `no source "${source}"` })
  }
  if (url === undefined) {
    const [only, another] = sources
    if (source !== undefined) return ok(source)
    return only !== undefined && another === undefined
      ? ok(only.key)
      : fail({ field: 'source', detail: 'which of several sources: say "source" or "url"' })
  }
  const { origin } = new URL(url)
  const own = sources.filter(({ origins }) => origins.includes(origin)).map(({ key }) => key)
  const [first] = source === undefined ? own : own.filter((key) => key === source)
  return first === undefined
    ? fail({
        field: 'url',
        detail: `${origin} is not among the origins of ${source ?? 'any source'}: ${sources.flatMap(({ key, origins }) => ((source ?? key) === key ? origins : [])).join(', ')}`,
      })
    : ok(first)
}

function actionsOf(
  config: Configuration,
  { action, placement }: PreviewLinkBody,
): Result<Forced['actions'], PreviewFault> {
  if (placement !== undefined && !config.placements.some(({ key }) => key === placement)) {
    return fail({ field: 'placement', detail: `no placement "${placement}"` })
  }
  if (action === undefined) {
    return placement === undefined
      ? ok({})
      : fail({ field: 'action', detail: `say which action "${placement}" should show` })
  }
  if (!config.actions.some(({ key }) => key === action)) {
    return fail({ field: 'action', detail: `no action "${action}"` })
  }
  const shown = [...(placementsOfActions(config).get(action) ?? [])].map(({ key }) => key)
  const where = placement === undefined ? shown : shown.filter((key) => key === placement)
  if (where.length === 0) {
    return fail({
      field: placement === undefined ? 'action' : 'placement',
      detail: `"${action}" is shown in ${shown.join(', ') || 'no placement'}`,
    })
  }
  return ok(Object.fromEntries(where.map((key) => [key, action])))
}

function armsOf(
  { policies, experiments }: Configuration,
  { experiment, arm }: PreviewLinkBody,
): Result<Forced['arms'], PreviewFault> {
  if (arm === undefined) {
    return experiment === undefined
      ? ok({})
      : fail({ field: 'arm', detail: `say which arm of "${experiment}"` })
  }
  const splits = [
    ...experiments.map((one) => ({ key: one.key, arms: one.arms.map(({ key }) => key) })),
    ...policies.flatMap(({ key, split }) =>
      split === undefined ? [] : [{ key, arms: split.arms.map((one) => one.key) }],
    ),
  ]
  const having = splits.filter(({ key, arms }) => (experiment ?? key) === key && arms.includes(arm))
  const [one, another] = having
  if (one === undefined) {
    return fail({
      field: 'arm',
      detail: `no arm "${arm}"${experiment ? ` of "${experiment}"` : ''}`,
    })
  }
  return another === undefined
    ? ok({ [one.key]: arm })
    : fail({
        field: 'experiment',
        detail: `"${arm}" is an arm of ${having.map(({ key }) => key).join(', ')}: say which`,
      })
}

function untilOf(expires: string | undefined, nowMs: number): number | null {
  if (expires === undefined) return nowMs + DAY_MS
  const untilMs = /^\d+[smhdw]$/.test(expires) ? nowMs + durationMs(expires) : instantMs(expires)
  return untilMs === null || untilMs <= nowMs || untilMs > nowMs + LONGEST_MS ? null : untilMs
}

/** The browser's own ticket, once it has used a link: it holds for an hour at most. */
export const sessionOf = (link: PreviewTicket, nowMs: number): PreviewTicket => ({
  ...link,
  untilMs: Math.min(link.untilMs, nowMs + SESSION_MS),
})

export const holds = (ticket: PreviewTicket, source: string, nowMs: number): boolean =>
  ticket.source === source && nowMs < ticket.untilMs

/** `POST /v1/decide` */
import { Hono } from 'hono'
import * as v from 'valibot'
import { decideBody, type DecideBody } from '../contract/decide.ts'
import type { Identifier } from '../core/identity/identifier.ts'
import { isBlocked, normalizeIdentifier } from '../core/identity/identifier.ts'
import type { CompiledPlacement, Release } from '../core/release/release.ts'
import { instantMs } from '../core/time.ts'
import { decide } from '../flow/decide.ts'
import { asObject, guardBody, readJson } from './body.ts'
import type { App } from './context.ts'
import { callerOf, requireOrigin, requireRate, type Caller } from './keys.ts'
import { HttpProblem } from './problem.ts'
import { activeRelease } from './release.ts'

const CONTEXT_LIMITS = { depth: 8, keys: 500 }

export const decideRoutes = new Hono<App>()

decideRoutes.post('/v1/decide', async (c) => {
  const deps = c.get('deps')
  const { value, bytes } = await readJson(c)
  const release = await activeRelease(c)
  const caller = await callerOf(c, release, asObject(value)['writeKey'])
  requireOrigin(c, caller)
  await requireRate(c, caller)
  const parsed = v.safeParse(decideBody, value, { abortEarly: true })
  if (!parsed.success) {
    const [issue] = parsed.issues
    throw new HttpProblem('invalid_body', { detail: issue.message, field: v.getDotPath(issue) ?? undefined })
  }
  const body = parsed.output
  guardBody(body.context ?? {}, CONTEXT_LIMITS)
  if (!caller.trusted && (body.explain === true || body.at != null)) {
    throw new HttpProblem('forbidden', { detail: '"explain" and "at" need the secret key' })
  }
  const nowMs = deps.nowMs()
  const atMs = body.at == null ? nowMs : instantMs(body.at)
  if (atMs === null) throw new HttpProblem('invalid_body', { detail: 'not an ISO 8601 instant', field: 'at' })

  const answer = await deps.answers.once(
    answerKey(caller, body),
    nowMs,
    async () =>
      decide(deps, {
        release,
        source: caller.source,
        trusted: caller.trusted,
        body,
        identifiers: await askerOf(deps, release, caller, body),
        placements: placementsOf(release, body.placements),
        requestId: body.requestId ?? c.get('requestId'),
        receivedAtMs: nowMs,
        nowMs: atMs,
        budgetMs: deps.decideBudgetMs,
        bytes,
      }),
    (settled) => !settled.degraded,
  )
  c.header('cache-control', 'private, no-store')
  return c.json(answer)
})

/** Only the very same question may be answered from memory. */
function answerKey({ source, trusted }: Caller, body: DecideBody): string | null {
  if (body.requestId == null) return null
  const { sentAt: _, writeKey: __, ...question } = body
  return JSON.stringify([source.key, trusted, question])
}

function placementsOf(release: Release, keys: readonly string[]): CompiledPlacement[] {
  return [...new Set(keys)].map((key) => {
    const placement = release.placements.get(key)
    if (placement === undefined) {
      throw new HttpProblem('unknown_placement', { detail: `no placement "${key}" is published`, field: 'placements' })
    }
    return placement
  })
}

/** Who asks, strongest identifier first: what nobody vouched for finds nobody. */
async function askerOf(
  deps: App['Variables']['deps'],
  release: Release,
  { source, trusted }: Caller,
  { userId, anonymousId, token }: DecideBody,
): Promise<Identifier[]> {
  const proven = token == null || trusted ? [] : await deps.tokens.verify(source, token)
  if (proven === null) throw new HttpProblem('invalid_token', { field: 'token' })
  const asker: Identifier[] = []
  const wanted = [
    ['user_id', userId, 'userId'],
    ['anonymous_id', anonymousId, 'anonymousId'],
  ] as const
  for (const [type, raw, field] of wanted) {
    if (raw == null) continue
    const identifier = normalizeIdentifier(type, raw, release.workspace.phoneRegion)
    if (identifier === null || isBlocked(identifier)) {
      throw new HttpProblem('invalid_identifier', { detail: 'that value can identify nobody', field })
    }
    const vouched =
      type === 'anonymous_id' ||
      trusted ||
      source.identity === 'open' ||
      proven.some((proof) => proof.type === type && proof.value === identifier.value)
    if (vouched) asker.push(identifier)
  }
  return asker
}

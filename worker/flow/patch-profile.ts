/** Enrichment by the company's own servers: a record like any other. */
import * as v from 'valibot'
import type { SourceConfig } from '../contract/config.ts'
import { traitsPatch } from '../contract/profile.ts'
import type { Release } from '../core/release/release.ts'
import { fail, ok, type Result } from '../core/result.ts'
import { collect, type CollectPorts } from './collect.ts'
import type { CollectError } from './commit-chunk.ts'
import { findProfile, type ProfileAddress } from './read-profile.ts'
import type { RejectionCode } from '../contract/message.ts'

export interface Patch {
  readonly release: Release
  readonly source: SourceConfig
  readonly address: ProfileAddress
  readonly body: unknown
  readonly receivedAtMs: number
  readonly bytes: number
}

export interface PatchError {
  readonly code: 'not_found' | 'invalid_body' | CollectError | RejectionCode
  readonly detail?: string
  readonly field?: string
}

/** Nobody is made by it: the identifier must be somebody's. */
export async function patchProfile(
  ports: CollectPorts,
  { release, source, address, body, receivedAtMs, bytes }: Patch,
): Promise<Result<{ readonly profileId: string; readonly messageId: string }, PatchError>> {
  const parsed = v.safeParse(traitsPatch, body, { abortEarly: true })
  if (!parsed.success) {
    const [issue] = parsed.issues
    const field = v.getDotPath(issue)
    return fail({
      code: 'invalid_body',
      detail: issue.message,
      ...(field === null ? {} : { field }),
    })
  }
  const found = await findProfile(ports.store, release, address, receivedAtMs)
  if (found === null) return fail({ code: 'not_found', detail: 'nobody has this identifier' })
  const messageId = parsed.output.messageId ?? ports.ids.messageId()
  const message = {
    type: 'identify',
    messageId,
    timestamp: parsed.output.timestamp,
    traits: parsed.output.traits,
    ...addressFields(address),
  }
  const collected = await collect(ports, {
    release,
    source,
    trusted: true,
    messages: [message],
    sentAt: null,
    receivedAtMs,
    bytes,
  })
  if (!collected.ok) return fail({ code: collected.error })
  const [rejection] = collected.value.rejected
  if (rejection !== undefined) return fail(rejection)
  return ok({ profileId: found.profile.id, messageId })
}

function addressFields({ type, value }: ProfileAddress): object {
  if (type === 'user_id') return { userId: value }
  if (type === 'anonymous_id') return { anonymousId: value }
  return { context: { externalIds: [{ type, id: value }] } }
}

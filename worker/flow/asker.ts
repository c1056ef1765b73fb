/** Who asks for a decision, and who a token proves somebody to be. */
import type { DecideBody } from '../contract/decide.ts'
import type { SourceConfig } from '../contract/config.ts'
import { normalizeIdentifier, type Identifier } from '../core/identity/identifier.ts'
import { isBlocked, type IdentityRules } from '../core/identity/rules.ts'
import { fail, ok, type Result } from '../core/result.ts'
import type { TokenVerifier } from './ports.ts'

/** The identifiers a token proves, normalised; null when it does not hold. */
export async function provenBy(
  tokens: TokenVerifier,
  source: SourceConfig,
  token: string,
  phoneRegion: string,
): Promise<readonly Identifier[] | null> {
  const claims = await tokens.verify(source, token)
  return (
    claims?.flatMap(([type, value]) => normalizeIdentifier(type, value, phoneRegion) ?? []) ?? null
  )
}

export interface Asking {
  readonly source: SourceConfig
  readonly trusted: boolean
  readonly body: Pick<DecideBody, 'userId' | 'anonymousId' | 'token'>
  /** An identifier of any type that a server names. */
  readonly id?: { readonly type: string; readonly value: string } | null
  readonly rules: IdentityRules
  readonly former?: { readonly was: string } | null
}

export interface AskerError {
  readonly code: 'invalid_token' | 'invalid_identifier'
  readonly field: string
}

/** The asker's identifiers, strongest first. What nobody vouched for finds nobody. */
export async function askerOf(
  tokens: TokenVerifier,
  { source, trusted, body, id, rules, former }: Asking,
): Promise<Result<readonly Identifier[], AskerError>> {
  const { token, userId, anonymousId } = body
  const proven =
    token == null || trusted ? [] : await provenBy(tokens, source, token, rules.phoneRegion)
  if (proven === null) return fail({ code: 'invalid_token', field: 'token' })
  const asker: Identifier[] = []
  const wanted: (readonly [type: string, value: string | null | undefined, field: string])[] = [
    [id?.type ?? '', trusted ? id?.value : null, 'id'],
    ['user_id', userId, 'userId'],
    ['anonymous_id', anonymousId, 'anonymousId'],
    ['anonymous_id', former?.was, 'cookie'],
  ]
  for (const [type, raw, field] of wanted) {
    if (raw == null) continue
    const identifier = normalizeIdentifier(type, raw, rules.phoneRegion)
    if (identifier === null || isBlocked(identifier, rules)) {
      return fail({ code: 'invalid_identifier', field })
    }
    const vouched =
      type === 'anonymous_id' ||
      trusted ||
      source.identity === 'open' ||
      proven.some((proof) => proof.type === type && proof.value === identifier.value)
    if (vouched) asker.push(identifier)
  }
  return ok(asker)
}

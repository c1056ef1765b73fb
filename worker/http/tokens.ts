/** Host-signed identify tokens (JWT): the site's own server vouches for who is logged in. */
import {
  createLocalJWKSet,
  errors,
  jwtVerify,
  type JWK,
  type JWTPayload,
  type JWTVerifyOptions,
} from 'jose'
import type { SourceConfig } from '../contract/config.ts'
import type { TokenClaim, TokenVerifier } from '../flow/ports.ts'

const encoder = new TextEncoder()
/** Clocks of two servers may differ by this much. */
const TOLERANCE_SECONDS = 30

/**
 * @param secrets source key → shared secret, for sources whose algorithm is HS256
 * The algorithm is the source's, never the token's own word; expiry, audience
 * and subject are required.
 */
export function tokenVerifier(secrets: Readonly<Record<string, string>>): TokenVerifier {
  return {
    async verify(source, token) {
      const { tokens } = source
      if (tokens === undefined) return null
      try {
        const payload = await check(
          token,
          tokens,
          Object.hasOwn(secrets, source.key) ? secrets[source.key] : undefined,
        )
        return payload === null ? null : claimsOf(payload)
      } catch (error) {
        // It was good and is old, as in a queue that waited offline: it proves nothing now.
        if (error instanceof errors.JWTExpired) return []
        // Forged, for another audience, or checked by a key that is none: not the bearer's to learn.
        if (error instanceof errors.JOSEError || error instanceof DOMException) return null
        throw error
      }
    },
  }
}

async function check(
  token: string,
  { algorithm, audience, issuer, keys }: NonNullable<SourceConfig['tokens']>,
  secret: string | undefined,
): Promise<JWTPayload | null> {
  const options: JWTVerifyOptions = {
    algorithms: [algorithm],
    audience,
    requiredClaims: ['exp', 'sub'],
    clockTolerance: TOLERANCE_SECONDS,
    ...(issuer === undefined ? {} : { issuer }),
  }
  if (algorithm === 'HS256') {
    if (secret === undefined) return null
    return (await jwtVerify(token, encoder.encode(secret), options)).payload
  }
  return (await jwtVerify(token, keySetOf(keys as JWK[]), options)).payload
}

type KeySet = ReturnType<typeof createLocalJWKSet>
/** Imported once a release: every token of a batch is checked by the same keys. */
const keySets = new WeakMap<readonly JWK[], KeySet>()

function keySetOf(keys: JWK[]): KeySet {
  const standing = keySets.get(keys) ?? createLocalJWKSet({ keys })
  keySets.set(keys, standing)
  return standing
}

/** `sub` proves the user id; `email` and `phone_number` are OpenID Connect's standard claims. */
const claimsOf = (payload: JWTPayload): TokenClaim[] => [
  ['user_id', payload.sub],
  // What the host itself has not verified proves nothing.
  ['email', payload['email_verified'] === false ? null : payload['email']],
  ['phone', payload['phone_number_verified'] === false ? null : payload['phone_number']],
]

/** Most requests bring no token, so the first that does loads what reads it. */
import type { TokenVerifier } from '../flow/ports.ts'

export function lateTokens(secrets: Readonly<Record<string, string>>): TokenVerifier {
  let verifier: TokenVerifier | undefined
  return {
    async verify(source, token) {
      verifier ??= (await import('./tokens.ts')).tokenVerifier(secrets)
      return verifier.verify(source, token)
    },
  }
}

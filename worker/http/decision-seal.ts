/**
 * decisionIds: authenticated encryption (AES-256-GCM), so that they can be
 * neither forged nor read. The nonce is an HMAC of the text itself, as in
 * synthetic-IV modes (RFC 8452 has the reasoning): equal claims seal equally,
 * which a retried question needs, and two different ones never share a nonce
 * save by a collision of 96 bits.
 */
import type { DecisionClaim, DecisionSeal } from '../flow/ports.ts'

const encoder = new TextEncoder()
const NONCE_BYTES = 12
const VERSION = 'd1'

interface Keys {
  readonly seal: CryptoKey
  readonly nonce: CryptoKey
}

async function deriveKeys(secret: string): Promise<Keys> {
  const material = await crypto.subtle.importKey('raw', encoder.encode(secret), 'HKDF', false, [
    'deriveKey',
  ])
  const derivation = (info: string) => ({
    name: 'HKDF',
    hash: 'SHA-256',
    salt: new Uint8Array(),
    info: encoder.encode(info),
  })
  const [seal, nonce] = await Promise.all([
    crypto.subtle.deriveKey(
      derivation('tsugi decision seal'),
      material,
      { name: 'AES-GCM', length: 256 },
      false,
      ['encrypt', 'decrypt'],
    ),
    crypto.subtle.deriveKey(
      derivation('tsugi decision nonce'),
      material,
      { name: 'HMAC', hash: 'SHA-256', length: 256 },
      false,
      ['sign'],
    ),
  ])
  return { seal, nonce }
}

export function decisionSeal(secret: string): DecisionSeal {
  let keys: Promise<Keys> | undefined
  return {
    async seal(claim) {
      keys ??= deriveKeys(secret)
      const { seal, nonce } = await keys
      const text = encoder.encode(JSON.stringify(rowOf(claim)))
      const iv = (await crypto.subtle.sign('HMAC', nonce, text)).slice(0, NONCE_BYTES)
      const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, seal, text)
      const bytes = new Uint8Array(NONCE_BYTES + sealed.byteLength)
      bytes.set(new Uint8Array(iv))
      bytes.set(new Uint8Array(sealed), NONCE_BYTES)
      return VERSION + toBase64Url(bytes)
    },
    async open(decisionId) {
      const bytes = decisionId.startsWith(VERSION)
        ? fromBase64Url(decisionId.slice(VERSION.length))
        : null
      if (bytes === null || bytes.length <= NONCE_BYTES) return null
      keys ??= deriveKeys(secret)
      const { seal } = await keys
      try {
        const iv = bytes.slice(0, NONCE_BYTES)
        const text = await crypto.subtle.decrypt(
          { name: 'AES-GCM', iv },
          seal,
          bytes.slice(NONCE_BYTES),
        )
        return claimOf(JSON.parse(new TextDecoder().decode(text)))
      } catch {
        // The tag does not fit: nobody here sealed it.
        return null
      }
    },
  }
}

type Row = readonly [
  id: string,
  placement: string,
  policy: string | null,
  action: string,
  arm: string | null,
  propensity: number,
  epoch: number,
  atMs: number,
]

const rowOf = (c: DecisionClaim): Row => [
  c.id,
  c.placement,
  c.policy,
  c.action,
  c.arm,
  c.propensity,
  c.epoch,
  c.atMs,
]

const claimOf = ([
  id,
  placement,
  policy,
  action,
  arm,
  propensity,
  epoch,
  atMs,
]: Row): DecisionClaim => ({
  id,
  placement,
  policy,
  action,
  arm,
  propensity,
  epoch,
  atMs,
})

const toBase64Url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')

function fromBase64Url(text: string): Uint8Array | null {
  if (!/^[\w-]{1,1000}$/.test(text)) return null
  try {
    return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (character) =>
      character.charCodeAt(0),
    )
  } catch {
    // A length that base 64 cannot have.
    return null
  }
}

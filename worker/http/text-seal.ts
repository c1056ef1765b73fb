/**
 * Authenticated encryption (AES-256-GCM) of a text, so that it can be neither
 * forged nor read. The nonce is an HMAC of the text itself, as in synthetic-IV
 * modes (RFC 8452 has the reasoning): equal texts seal equally, which a retried
 * question needs, and two different ones never share a nonce save by a
 * collision of 96 bits.
 *
 * By node:crypto, which computes at once. What a decision seals several of is
 * sealed by WebCrypto, which takes half as long and answers by a promise.
 */
import { Buffer } from 'node:buffer'
import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from 'node:crypto'

const ALGORITHM = 'aes-256-gcm'
const NONCE_BYTES = 12
const TAG_BYTES = 16
const VERSION = 'd1'
/** Of what visitors bring: opening costs with the length. */
const LONGEST = 1000

const encoder = new TextEncoder()
const BASE_64 = { alphabet: 'base64url', omitPadding: true } as const

export interface TextSeal {
  seal(text: string): string
  /** null when it was not sealed here, under this secret and for this purpose. */
  open(sealed: string): string | null
}

/**
 * @param purpose keeps what is sealed for one use from being taken for another
 * @param longest of a sealed text that is opened
 */
export function textSeal(secret: string, purpose: string, longest = LONGEST): TextSeal {
  const keys = keysOf(secret, purpose)
  return {
    seal(text) {
      const { sealKey, nonceKey } = keys()
      const nonce = createHmac('sha256', nonceKey).update(text).digest().subarray(0, NONCE_BYTES)
      const cipher = createCipheriv(ALGORITHM, sealKey, nonce)
      const sealed = [nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]
      return VERSION + Buffer.concat(sealed).toString('base64url')
    },
    open(sealed) {
      if (!sealed.startsWith(VERSION) || sealed.length > longest) return null
      const bytes = Buffer.from(sealed.slice(VERSION.length), 'base64url')
      if (bytes.length <= NONCE_BYTES + TAG_BYTES) return null
      // Base 64 has texts that read alike: only the one that we wrote is ours.
      if (VERSION + bytes.toString('base64url') !== sealed) return null
      const decipher = createDecipheriv(ALGORITHM, keys().sealKey, bytes.subarray(0, NONCE_BYTES))
      decipher.setAuthTag(bytes.subarray(-TAG_BYTES))
      try {
        const text = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES))
        return Buffer.concat([text, decipher.final()]).toString('utf8')
      } catch {
        // The tag does not fit: nobody here sealed it.
        return null
      }
    },
  }
}

/** Seals as the text seal of this secret and purpose does, at half the price. */
export function quickSealer(secret: string, purpose: string): (text: string) => Promise<string> {
  const derived = keysOf(secret, purpose)
  let keys: { readonly seal: CryptoKey; readonly nonce: CryptoKey } | undefined
  return async (text) => {
    const { sealKey, nonceKey } = derived()
    // No promise of them is kept: one request may not wait on another's.
    keys ??= {
      seal: await crypto.subtle.importKey('raw', sealKey, 'AES-GCM', false, ['encrypt']),
      nonce: await crypto.subtle.importKey('raw', nonceKey, HMAC, false, ['sign']),
    }
    const bytes = encoder.encode(text)
    const nonce = new Uint8Array(
      await crypto.subtle.sign('HMAC', keys.nonce, bytes),
      0,
      NONCE_BYTES,
    )
    const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv: nonce }, keys.seal, bytes)
    // Twelve bytes are sixteen digits: the halves are written side by side.
    return VERSION + nonce.toBase64(BASE_64) + new Uint8Array(sealed).toBase64(BASE_64)
  }
}
const HMAC = { name: 'HMAC', hash: 'SHA-256' }

/** Derived when they are asked for: most isolates seal for one purpose and are awake for its sake. */
function keysOf(secret: string, purpose: string) {
  const derive = (info: string): Uint8Array =>
    new Uint8Array(hkdfSync('sha256', secret, '', `tsugi ${purpose} ${info}`, 32))
  let keys: { readonly sealKey: Uint8Array; readonly nonceKey: Uint8Array } | undefined
  return () => (keys ??= { sealKey: derive('seal'), nonceKey: derive('nonce') })
}

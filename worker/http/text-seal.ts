/**
 * Authenticated encryption (AES-256-GCM) of a text, so that it can be neither
 * forged nor read. The nonce is an HMAC of the text itself, as in synthetic-IV
 * modes (RFC 8452 has the reasoning): equal texts seal equally, which a retried
 * question needs, and two different ones never share a nonce save by a
 * collision of 96 bits.
 *
 * By node:crypto, which computes at once: WebCrypto answers through the event
 * loop, twice a decision.
 */
import { Buffer } from 'node:buffer'
import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from 'node:crypto'

const ALGORITHM = 'aes-256-gcm'
const NONCE_BYTES = 12
const TAG_BYTES = 16
const VERSION = 'd1'
/** Of what visitors bring: opening costs with the length. */
const LONGEST = 1000

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
  const derive = (info: string): Uint8Array =>
    new Uint8Array(hkdfSync('sha256', secret, '', `tsugi ${purpose} ${info}`, 32))
  const sealKey = derive('seal')
  const nonceKey = derive('nonce')
  return {
    seal(text) {
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
      const decipher = createDecipheriv(ALGORITHM, sealKey, bytes.subarray(0, NONCE_BYTES))
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

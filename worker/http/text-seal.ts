/**
 * Authenticated encryption (AES-256-GCM) of a text, so that it can be neither
 * forged nor read. The nonce is an HMAC of the text itself, as in synthetic-IV
 * modes (RFC 8452 has the reasoning): equal texts seal equally, which a retried
 * question needs, and two different ones never share a nonce save by a
 * collision of 96 bits.
 */
const encoder = new TextEncoder()
const NONCE_BYTES = 12
const VERSION = 'd1'

export interface TextSeal {
  seal(text: string): Promise<string>
  /** null when it was not sealed here, under this secret and for this purpose. */
  open(sealed: string): Promise<string | null>
}

interface Keys {
  readonly seal: CryptoKey
  readonly nonce: CryptoKey
}

async function deriveKeys(secret: string, purpose: string): Promise<Keys> {
  const material = await crypto.subtle.importKey('raw', encoder.encode(secret), 'HKDF', false, [
    'deriveKey',
  ])
  const derivation = (info: string) => ({
    name: 'HKDF',
    hash: 'SHA-256',
    salt: new Uint8Array(),
    info: encoder.encode(`tsugi ${purpose} ${info}`),
  })
  const [seal, nonce] = await Promise.all([
    crypto.subtle.deriveKey(derivation('seal'), material, { name: 'AES-GCM', length: 256 }, false, [
      'encrypt',
      'decrypt',
    ]),
    crypto.subtle.deriveKey(
      derivation('nonce'),
      material,
      { name: 'HMAC', hash: 'SHA-256', length: 256 },
      false,
      ['sign'],
    ),
  ])
  return { seal, nonce }
}

/** @param purpose keeps what is sealed for one use from being taken for another */
export function textSeal(secret: string, purpose: string): TextSeal {
  let keys: Promise<Keys> | undefined
  const derived = (): Promise<Keys> => (keys ??= deriveKeys(secret, purpose))
  return {
    async seal(text) {
      const { seal, nonce } = await derived()
      const plain = encoder.encode(text)
      const iv = (await crypto.subtle.sign('HMAC', nonce, plain)).slice(0, NONCE_BYTES)
      const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, seal, plain)
      const bytes = new Uint8Array(NONCE_BYTES + sealed.byteLength)
      bytes.set(new Uint8Array(iv))
      bytes.set(new Uint8Array(sealed), NONCE_BYTES)
      return VERSION + toBase64Url(bytes)
    },
    async open(sealed) {
      const bytes = sealed.startsWith(VERSION) ? fromBase64Url(sealed.slice(VERSION.length)) : null
      if (bytes === null || bytes.length <= NONCE_BYTES) return null
      const { seal } = await derived()
      const iv = bytes.slice(0, NONCE_BYTES)
      try {
        const plain = await crypto.subtle.decrypt(
          { name: 'AES-GCM', iv },
          seal,
          bytes.slice(NONCE_BYTES),
        )
        return new TextDecoder().decode(plain)
      } catch {
        // The tag does not fit: nobody here sealed it.
        return null
      }
    },
  }
}

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

/** As much of Node as workerd has under nodejs_compat and the worker uses. */
declare module 'node:crypto' {
  import type { Buffer } from 'node:buffer'

  interface Hmac {
    update(text: string): Hmac
    digest(): Buffer
    digest(encoding: 'hex'): string
  }
  export function createHmac(algorithm: 'sha256', key: string | Uint8Array): Hmac
  export function hkdfSync(
    digest: 'sha256',
    key: string,
    salt: string,
    info: string,
    length: number,
  ): ArrayBuffer

  interface Cipher {
    update(text: string, encoding: 'utf8'): Buffer
    final(): Buffer
    getAuthTag(): Buffer
  }
  interface Decipher {
    update(bytes: Uint8Array): Buffer
    /** @throws when the tag does not fit */
    final(): Buffer
    setAuthTag(tag: Uint8Array): void
  }
  export function createCipheriv(algorithm: 'aes-256-gcm', key: Uint8Array, iv: Uint8Array): Cipher
  export function createDecipheriv(
    algorithm: 'aes-256-gcm',
    key: Uint8Array,
    iv: Uint8Array,
  ): Decipher
}

declare module 'node:buffer' {
  export class Buffer extends Uint8Array<ArrayBuffer> {
    static from(text: string, encoding: 'base64url'): Buffer
    static concat(parts: readonly Uint8Array[]): Buffer
    toString(encoding?: 'base64url' | 'utf8'): string
  }
}

/** As much of Node's crypto as workerd has under nodejs_compat and this store uses: it hashes at once. */
declare module 'node:crypto' {
  interface Hmac {
    update(text: string): Hmac
    digest(encoding: 'hex'): string
  }
  export function createHmac(algorithm: 'sha256', key: string): Hmac
}

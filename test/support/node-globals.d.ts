/** Node has this global; @types/node names its type elsewhere, and the worker's code names it so. */
import type { webcrypto } from 'node:crypto'

declare global {
  interface CryptoKey extends webcrypto.CryptoKey {}
}

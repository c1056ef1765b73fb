/**
 * Who is logged in. There is no password: this is a demonstration, and its
 * source says `identity: open`. A shop of yours would hand the SDK a token that
 * it signed itself.
 */
import { createHash } from 'node:crypto'

export interface Customer {
  readonly userId: string
  readonly email: string
  /** Empty when the customer logged in with the address alone. */
  readonly name: string
}

const EMAIL = /^[^\s@"<>]{1,64}@[^\s@"<>]{1,120}\.[^\s@"<>]{2,24}$/
const MAX_NAME_LENGTH = 60

/** The same address gives the same customer in every browser; null when it is none. */
export function customerOf(email: string, name: string): Customer | null {
  const address = email.normalize('NFKC').trim().toLowerCase()
  if (!EMAIL.test(address)) return null
  const digest = createHash('sha256').update(address).digest('hex').slice(0, 10)
  return {
    userId: `customer-${digest}`,
    email: address,
    name: name.trim().slice(0, MAX_NAME_LENGTH),
  }
}

export const writeCustomer = ({ email, name }: Customer): string =>
  Buffer.from(JSON.stringify([email, name])).toString('base64url')

/** null when nobody is logged in, or the cookie was tampered with. */
export function readCustomer(text: string | undefined): Customer | null {
  if (text === undefined || text === '') return null
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString())
    if (!Array.isArray(value)) return null
    const [email, name] = value as unknown[]
    return typeof email === 'string' && typeof name === 'string' ? customerOf(email, name) : null
  } catch {
    return null
  }
}

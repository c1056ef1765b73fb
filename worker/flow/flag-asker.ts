/**
 * Whom an OpenFeature context is about. From a page the targetingKey is the
 * anonymousId, whatever it looks like; a `userId` beside it counts as it does
 * in a decide: proven by `token`, or by an open source. A server may say
 * `userId`, or type the targetingKey: "user_id:u-1001", "email:taro@example.com".
 */
import type { FlagContext } from '../contract/ofrep.ts'

export interface FlagAsker {
  readonly anonymousId?: string
  readonly userId?: string
  readonly token?: string
  readonly id?: { readonly type: string; readonly value: string }
}

const TYPED = /^([a-z][a-z0-9_]{0,31}):(.+)$/su

/** null when the context names nobody. */
export function flagAsker(
  { targetingKey, userId, token }: FlagContext,
  trusted: boolean,
): FlagAsker | null {
  const user = {
    ...(userId == null || userId === '' ? {} : { userId }),
    ...(token == null ? {} : { token }),
  }
  if (targetingKey == null || targetingKey === '') return user.userId === undefined ? null : user
  const [, type, value] = (trusted && TYPED.exec(targetingKey)) || []
  return type === undefined || value === undefined
    ? { ...user, anonymousId: targetingKey }
    : { ...user, id: { type, value } }
}

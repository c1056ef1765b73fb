/** How the Redis store is set up; env.ts names the variables, docs/deploy.md explains them. */
export interface RedisSettings {
  readonly url: string
  readonly token: string
  /** In front of every key; several deployments may share a database. */
  readonly prefix: string
  /** Streams that the outbox is spread over. It may grow; shrink it only when drained. */
  readonly outboxShards: number
  /**
   * Upstash locks the whole database for a script unless its first line says
   * otherwise; plain Redis refuses that line.
   */
  readonly keyLocking: boolean
  /**
   * Upstash may answer a plain read from a replica that lags behind; a script
   * runs where the writes run. Plain Redis has no such choice to make.
   */
  readonly primaryReads: boolean
  /** Of one request to the store. */
  readonly timeoutMs: number
}

export const REDIS_DEFAULTS = {
  prefix: 'tsugi:',
  outboxShards: 1,
  keyLocking: false,
  primaryReads: false,
  timeoutMs: 3000,
} as const satisfies Partial<RedisSettings>

/** Bindings and variables of the worker; wrangler.toml declares them, docs/deploy.md explains them. */
export interface Env {
  readonly DB: D1Database
  readonly BUCKET: R2Bucket
  /** Signs decisionIds: 32 bytes or more of randomness, a secret. */
  readonly SIGNING_KEY: string
  /** Opens /admin/v1/*: a secret. */
  readonly ADMIN_TOKEN: string
  /** JSON { "<source key>": "<HS256 secret>" } for host-signed identify tokens: a secret. */
  readonly IDENTITY_SECRETS?: string
  /** "1" in the demo only: the keys wk_demo, sk_demo and at_demo are refused without it. */
  readonly TSUGI_DEMO?: string
  /** How long a decision may take before the fallback is served; 100 by default. */
  readonly DECIDE_BUDGET_MS?: string
  /** How long lines of the decision log wait for others to be written with; 1000 by default. */
  readonly DECISION_LOG_GATHER_MS?: string
  /** Where profiles and the outbox live: "d1", the default, or "redis". */
  readonly TSUGI_STORE?: string
  /** Redis by Upstash's REST: its address, and its token, a secret. */
  readonly UPSTASH_REDIS_REST_URL?: string
  readonly UPSTASH_REDIS_REST_TOKEN?: string
  /** In front of every Redis key; "tsugi:" by default. */
  readonly REDIS_PREFIX?: string
  /** Streams that the Redis outbox is spread over; 1 by default, it may only grow. */
  readonly REDIS_OUTBOX_SHARDS?: string
  /** "1" on Upstash: a commit locks its own keys only. Plain Redis refuses it. */
  readonly REDIS_KEY_LOCKING?: string
  /** "1" on Upstash: no read is answered by a replica that lags behind. */
  readonly REDIS_PRIMARY_READS?: string
  /** Of one request to Redis; 3000 by default. */
  readonly REDIS_TIMEOUT_MS?: string
  /** Keys the ids of new profiles on Redis; SIGNING_KEY unless set. Keep it: docs/storage-redis.md */
  readonly PROFILE_ID_KEY?: string
  /** Of what waits for the warehouse, beyond which no more events are taken: 5000000 entries and 4294967296 bytes by default. */
  readonly OUTBOX_MAX_ROWS?: string
  readonly OUTBOX_MAX_BYTES?: string
  /** Leads to a PostgreSQL that the warehouse is copied to; absent is none. */
  readonly HYPERDRIVE?: Hyperdrive
  /** Keys the HMACs that sinks get instead of identifiers: 32 characters or more, a secret. */
  readonly WAREHOUSE_HMAC_KEY?: string
  /** Limits a public key per address; absent is no limit. */
  readonly RATE_LIMIT?: RateLimit
}

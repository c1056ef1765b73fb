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
  /** Limits a public key per address; absent is no limit. */
  readonly RATE_LIMIT?: RateLimit
}

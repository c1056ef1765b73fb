/** What a request carries from middleware to handler. */
import type { ProblemCode } from '../contract/problem.ts'
import type { Deps } from '../deps.ts'
import type { Env } from '../env.ts'

export interface Variables {
  deps: Deps
  requestId: string
  /** Told by the log line where they came to be known. */
  epoch?: number
  problem?: ProblemCode
  /** A decision was answered without what the store knows. */
  degraded?: true
}

export interface App {
  Bindings: Env
  Variables: Variables
}

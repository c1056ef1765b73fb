/** One route as the document tells it, before it is spelled out in OpenAPI. */
import type { ProblemCode } from '../../worker/contract/problem.ts'
import type { ComponentName } from './components.ts'

/** Who may call: see SECURITY in document.ts. */
export type Access =
  | 'anybody'
  | 'write or secret key'
  | 'secret key'
  | 'admin token'
  | 'key in data'
  | 'OpenFeature key'

export interface Example {
  readonly summary: string
  readonly value: unknown
}

export interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly description: string
  readonly required?: true
  readonly schema: Readonly<Record<string, unknown>>
  readonly example?: string | number
}

export interface Answer {
  readonly description: string
  /** Absent: the body is an image, or what `content` says; null: there is none. */
  readonly schema?: ComponentName | null
  /** Media type of a body that is no JSON. */
  readonly content?: string
  readonly example?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export interface Operation {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete'
  /** As Hono writes it: /v1/profiles/:type/:value */
  readonly path: string
  readonly id: string
  readonly tag: 'Collect' | 'Decide' | 'OpenFeature' | 'Profiles' | 'Admin' | 'Health'
  readonly summary: string
  readonly description?: string
  readonly access: Access
  readonly parameters?: readonly Parameter[]
  readonly body?: {
    readonly schema: ComponentName
    readonly examples: Readonly<Record<string, Example>>
  }
  /** Instead of `body`, where it is no JSON: an example by media type. */
  readonly text?: Readonly<Record<string, string>>
  readonly answers: Readonly<Record<number, Answer>>
  /** Beside `internal`, which any route may answer that has no 500 of its own. */
  readonly problems: readonly ProblemCode[]
}

/**
 * What the worker says of itself: its routes and its problems. Imported at run
 * time only, since its types speak of Workers' globals, which scripts have not.
 */
import type { Problem, ProblemCode } from '../../worker/contract/problem.ts'

interface AppModule {
  readonly app: { readonly routes: readonly { readonly method: string; readonly path: string }[] }
}
interface ProblemModule {
  readonly problemResponse: (context: unknown, code: ProblemCode) => Response
}

const load = (path: string): Promise<unknown> =>
  import(new URL(`../../worker/${path}`, import.meta.url).href)

/** "POST /v1/decide", … as registered with Hono; middleware is left out. */
export async function routesOfWorker(): Promise<string[]> {
  const { app } = (await load('app.ts')) as AppModule
  const routes = app.routes.filter(({ method }) => method !== 'ALL')
  return [...new Set(routes.map(({ method, path }) => `${method} ${path}`))].sort()
}

export interface ProblemFacts extends Pick<Problem, 'type' | 'title' | 'status'> {
  /** Names of the headers beside content-type and cache-control. */
  readonly headers: readonly string[]
}

/** Each code as the worker would answer it. */
export async function problemsOfWorker(
  codes: readonly ProblemCode[],
): Promise<ReadonlyMap<ProblemCode, ProblemFacts>> {
  const { problemResponse } = (await load('http/problem.ts')) as ProblemModule
  const context = {
    get: () => 'request-id',
    set: () => {},
    newResponse: (body: string, status: number, headers: Record<string, string>) =>
      new Response(body, { status, headers }),
  }
  const facts = codes.map(async (code) => {
    const response = problemResponse(context, code)
    const { type, title, status } = (await response.json()) as Problem
    const plain = new Set(['content-type', 'cache-control'])
    const headers = [...response.headers.keys()].filter((name) => !plain.has(name))
    return [code, { type, title, status, headers }] as const
  })
  return new Map(await Promise.all(facts))
}

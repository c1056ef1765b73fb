/** A D1 that adds up what every statement says of itself in `meta`. */
import type { Database } from './site.ts'

type Statement = ReturnType<Database['prepare']>
type Meta = Awaited<ReturnType<Statement['all']>>['meta']

export interface Cost {
  statements: number
  trips: number
  rowsRead: number
  rowsWritten: number
  /** As SQLite measured it, in milliseconds. */
  durationMs: number
}

export interface Metered {
  /** As much of a D1Database as the stores call. */
  readonly database: unknown
  /** What `work` cost. */
  measure(work: () => Promise<unknown>): Promise<Cost>
}

const noCost = (): Cost => ({ statements: 0, trips: 0, rowsRead: 0, rowsWritten: 0, durationMs: 0 })

export function metered(real: Database): Metered {
  let cost = noCost()
  const add = (meta: Meta): void => {
    cost.statements++
    cost.rowsRead += meta.rows_read ?? 0
    cost.rowsWritten += meta.rows_written ?? 0
    cost.durationMs += meta.duration ?? 0
  }
  const reals = new WeakMap<object, Statement>()
  const wrap = (statement: Statement): object => {
    const wrapped = {
      bind: (...values: unknown[]) => wrap(statement.bind(...values)),
      async all() {
        cost.trips++
        const result = await statement.all()
        add(result.meta)
        return result
      },
      async run() {
        cost.trips++
        const result = await statement.run()
        add(result.meta)
        return result
      },
      async first() {
        return (await wrapped.all()).results[0] ?? null
      },
    }
    reals.set(wrapped, statement)
    return wrapped
  }
  return {
    database: {
      prepare: (sql: string) => wrap(real.prepare(sql)),
      async batch(statements: object[]) {
        cost.trips++
        const results = await real.batch(statements.map((s) => reals.get(s) as Statement))
        for (const { meta } of results) add(meta)
        return results
      },
    },
    async measure(work) {
      cost = noCost()
      await work()
      return cost
    },
  }
}

/** The worker's bindings and clients with a gate around each write: D1, R2, Redis, PostgreSQL. */
import pg from 'pg'
import { around } from './gate.ts'

/** The text, and those parameters that are the same in every run: what is done, and to what. */
function nameOf(store: string, text: string, values: readonly unknown[] = []): string | null {
  if (/^\s*(select|set local)\b/i.test(text)) return null
  const telling = values.filter(
    (value) => typeof value === 'string' && value.length < 30 && !/\d{4}|^[{[]/.test(value),
  )
  return `${store} ${text.replaceAll(/\s+/g, ' ').trim()} · ${telling.join(' ')}`
}

const ORIGINALS = new WeakMap<D1PreparedStatement, { from: D1PreparedStatement; name: string }>()

export function watchedD1(db: D1Database): D1Database {
  return {
    prepare: (sql: string) => watchedStatement(db.prepare(sql), sql, []),
    batch(statements: D1PreparedStatement[]) {
      const originals = statements.map((statement) => ORIGINALS.get(statement)!)
      const names = new Set(originals.map(({ name }) => name).filter((name) => name !== ''))
      return around(names.size === 0 ? null : [...names].join('; '), () =>
        db.batch(originals.map(({ from }) => from)),
      )
    },
  } as unknown as D1Database
}

function watchedStatement(
  from: D1PreparedStatement,
  sql: string,
  values: readonly unknown[],
): D1PreparedStatement {
  const name = nameOf('D1', sql, values)
  const gated =
    (method: 'first' | 'run' | 'all' | 'raw') =>
    (...args: unknown[]): Promise<unknown> =>
      around(name, () => (from[method] as (...args: unknown[]) => Promise<unknown>)(...args))
  const watched = {
    bind: (...bound: unknown[]) => watchedStatement(from.bind(...bound), sql, bound),
    first: gated('first'),
    run: gated('run'),
    all: gated('all'),
    raw: gated('raw'),
  } as unknown as D1PreparedStatement
  ORIGINALS.set(watched, { from, name: name ?? '' })
  return watched
}

export function watchedR2(bucket: R2Bucket): R2Bucket {
  const gates = {
    put: (...args: Parameters<R2Bucket['put']>) =>
      around(r2Put(...args), () => bucket.put(...args)),
    delete: (...args: Parameters<R2Bucket['delete']>) =>
      around('R2 delete ·', () => bucket.delete(...args)),
  }
  return new Proxy(bucket, {
    get(target, key) {
      if (key === 'put' || key === 'delete') return gates[key]
      const value = Reflect.get(target, key) as unknown
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
}

/** A compacted file carries another note than a batch's. */
const r2Put = (path: string, _: unknown, { customMetadata }: R2PutOptions = {}): string =>
  `R2 put ${path.split('/')[0]} (${Object.keys(customMetadata ?? {}).join(', ')}) ·`

const REDIS_READS = new Set(['GET', 'MGET', 'XLEN', 'XRANGE', 'INFO', 'CONFIG', 'ZRANGE', 'SCAN'])

/** Every request to Redis goes by the global `fetch`. */
export function watchRedis(url: string): void {
  const plain = globalThis.fetch.bind(globalThis)
  globalThis.fetch = (input, init) =>
    String(input instanceof Request ? input.url : input).startsWith(url)
      ? around(redisWrite(init?.body), () => plain(input, init))
      : plain(input, init)
}

function redisWrite(body: unknown): string | null {
  const [command, ...args] = JSON.parse(String(body)) as unknown[]
  // A pipeline; only reads go that way.
  if (Array.isArray(command)) return null
  const name = String(command).toUpperCase()
  // A script of one key reads a page; a commit has the person's and the outbox's.
  const isScript = name.startsWith('EVAL')
  if (REDIS_READS.has(name) || (isScript && args[1] === 1)) return null
  return `Redis ${name} · ${String(args[isScript ? 2 : 0])}`
}

export function watchPostgres(): void {
  const query = pg.Client.prototype.query as (...args: unknown[]) => Promise<unknown>
  const watched = function (this: pg.Client, ...args: unknown[]): Promise<unknown> {
    const [first] = args
    const text = typeof first === 'string' ? first : (first as { text: string }).text
    return around(nameOf('PostgreSQL', text), () => query.apply(this, args))
  }
  pg.Client.prototype.query = watched as unknown as typeof pg.Client.prototype.query
}

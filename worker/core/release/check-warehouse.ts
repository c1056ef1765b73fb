/** Two sinks on the same tables would each take the other's batches for done. */
import type { Configuration } from '../../contract/config.ts'
import type { Fault } from '../../contract/problem.ts'

/** What the log of sinks calls the files themselves. */
const FILES = 'r2'

export function* sinks({ warehouse }: Configuration): Generator<Fault> {
  const keys = new Set<string>()
  const places = new Set<string>()
  for (const [i, { key, kind, binding, schema }] of (warehouse.sinks ?? []).entries()) {
    if (keys.has(key)) yield { path: `warehouse.sinks[${i}].key`, wrong: `"${key}" is there twice` }
    if (key === FILES) {
      yield { path: `warehouse.sinks[${i}].key`, wrong: `"${FILES}" stands for the files on R2` }
    }
    keys.add(key)
    const place = `${kind} ${binding} ${schema}`
    if (places.has(place)) {
      yield {
        path: `warehouse.sinks[${i}].schema`,
        wrong: `another sink has its tables in "${schema}" of ${binding}`,
        allowed: 'a schema of its own',
      }
    }
    places.add(place)
  }
}

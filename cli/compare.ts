/** A file against the release that is active now. */
import * as v from 'valibot'
import { configuration as schema } from '../worker/contract/config.ts'
import type { Warning } from '../worker/contract/problem.ts'
import { sanitizeConfiguration } from '../worker/core/release/sanitize.ts'
import type { AdminApi } from './admin-api.ts'
import { diffConfigurations, type EntityChange } from './configuration-diff.ts'

export interface Comparison {
  /** null before the first publish: nothing to compare with. */
  readonly active: number | null
  readonly changes: readonly EntityChange[]
  /** What the worker has to say about the file, though it would take it. */
  readonly warnings: readonly Warning[]
}

/** Asks the worker to check the file first: throws AdminError with its faults. */
export async function compareWithActive(api: AdminApi, file: unknown): Promise<Comparison> {
  const { warnings = [] } = await api.check(file)
  const active = (await api.releases()).find((release) => release.active)
  const after = read(file)
  if (active === undefined) {
    const none = read({ workspace: after.workspace, sources: after.sources })
    return { active: null, changes: diffConfigurations({ ...none, sources: [] }, after), warnings }
  }
  return {
    active: active.number,
    changes: diffConfigurations(read(await api.release(active.number)), after),
    warnings,
  }
}

/** As publishing would store it: defaults filled in, HTML sanitized. */
function read(input: unknown): v.InferOutput<typeof schema> {
  return sanitizeConfiguration(v.parse(schema, input)).configuration
}

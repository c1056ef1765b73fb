/** Drafts are checked when written; publishing checks again, sanitizes, and activates. */
import * as v from 'valibot'
import type { Configuration } from '../contract/config.ts'
import { faultOf, inDocument } from '../contract/fault.ts'
import type { Fault, Warning } from '../contract/problem.ts'
import { checkConfiguration, MOST_FAULTS, warningsOf } from '../core/release/check.ts'
import { trackedSegments } from '../core/release/segments.ts'
import { fail, ok, type Result } from '../core/result.ts'
import type { Activation, ConfigurationStore } from './configuration-ports.ts'
import { formulasFor } from './formulas.ts'
import { regexFor } from './regex.ts'

/** Keys that stand in the demo's public files. */
const DEMO_KEYS = new Set(['wk_demo'])
/** SHA-256 of sk_demo. */
const DEMO_SECRET_HASHES = new Set([
  'ab4f4d87468ad201748a0a592342c4b9c02480bdf855e35b98e91c6399fc1107',
])

export interface CheckedDraft {
  /** With its defaults filled in. */
  readonly configuration: Configuration
  readonly warnings: readonly Warning[]
}

/** Everything wrong with a configuration, or the configuration and what to know of it. */
export async function checkDraft(
  input: unknown,
  demo: boolean,
): Promise<Result<CheckedDraft, Fault[]>> {
  // Some hundreds of schemas, of which no visitor has need.
  const { configuration: schema } = await import('../contract/config.ts')
  const parsed = v.safeParse(schema, input)
  const told = (faults: readonly Fault[]): Fault[] =>
    faults.slice(0, MOST_FAULTS).map((fault) => inDocument(input, fault))
  if (!parsed.success) return fail(told(parsed.issues.map(faultOf)))
  const configuration = parsed.output
  const regex = await regexFor(configuration)
  const faults = [
    ...checkConfiguration(configuration, regex, await formulasFor(configuration)),
    ...(demo ? [] : demoKeys(configuration)),
  ]
  return faults.length > 0
    ? fail(told(faults))
    : ok({ configuration, warnings: warningsOf(configuration, regex) })
}

function* demoKeys(config: Configuration): Generator<Fault> {
  for (const [i, source] of config.sources.entries()) {
    if (DEMO_KEYS.has(source.writeKey)) {
      yield { path: `sources[${i}].writeKey`, wrong: 'a demo key', allowed: 'a key of your own' }
    }
    if (source.secretKeySha256.some((hash) => DEMO_SECRET_HASHES.has(hash))) {
      yield {
        path: `sources[${i}].secretKeySha256`,
        wrong: 'a demo key',
        allowed: 'a key of your own',
      }
    }
  }
}

export type PublishError =
  | { readonly code: 'not_found'; readonly detail?: string }
  | { readonly code: 'invalid_configuration'; readonly faults: readonly Fault[] }
  | { readonly code: 'configuration_changed'; readonly detail?: string }

export interface Published extends Activation {
  /** HTML content that sanitizing changed, by path. */
  readonly sanitized: readonly string[]
  /** Leaves that are exact among the newest events only. */
  readonly warnings: readonly Warning[]
}

/** Turns the draft into the next release and activates it under a new epoch. */
export async function publish(
  store: ConfigurationStore,
  { note, nowMs, demo }: { note: string; nowMs: number; demo: boolean },
): Promise<Result<Published, PublishError>> {
  const draft = await store.readDraft()
  if (draft === null) return fail({ code: 'not_found' })
  // The draft may have been written by an older version with looser rules.
  const checked = await checkDraft(draft.configuration, demo)
  if (!checked.ok) return fail({ code: 'invalid_configuration', faults: checked.error })
  // An HTML parser is only for those who publish: requests do not wait for it to load.
  const { sanitizeConfiguration } = await import('../core/release/sanitize.ts')
  const { configuration, changed, faults } = sanitizeConfiguration(checked.value.configuration)
  if (faults.length > 0) {
    const told = faults.slice(0, MOST_FAULTS).map((fault) => inDocument(configuration, fault))
    return fail({ code: 'invalid_configuration', faults: told })
  }
  const segments = trackedSegments(configuration)
  const activation = await store.publish(configuration, draft.revision, segments, note, nowMs)
  if (activation === null) return fail({ code: 'configuration_changed' })
  return ok({ ...activation, sanitized: changed, warnings: checked.value.warnings })
}

/**
 * Makes an older release the active one again, under a new epoch. It is checked
 * by today's rules: it may have been written under looser ones.
 */
export async function activate(
  store: ConfigurationStore,
  { number, nowMs, demo }: { number: number; nowMs: number; demo: boolean },
): Promise<Result<Activation, PublishError>> {
  const missing = { code: 'not_found', detail: `no release ${number}` } as const
  const configuration = await store.readRelease(number)
  if (configuration === null) return fail(missing)
  const checked = await checkDraft(configuration, demo)
  if (!checked.ok) return fail({ code: 'invalid_configuration', faults: checked.error })
  const activation = await store.activate(
    number,
    trackedSegments(checked.value.configuration),
    nowMs,
  )
  return activation === null ? fail(missing) : ok(activation)
}

/** A condition tried out: the active release as it would be with one more segment. */
import type { Condition } from '../contract/condition.ts'
import type { Fault } from '../contract/problem.ts'
import { checkConfiguration } from '../core/release/check.ts'
import { compileRelease } from '../core/release/compile.ts'
import type { CompiledSegment, Release } from '../core/release/release.ts'
import { fail, ok, type Result } from '../core/result.ts'
import type { ConfigurationStore } from './configuration-ports.ts'
import { formulasFor } from './formulas.ts'
import { regexFor } from './regex.ts'

/** No segment can have this key. */
const KEY = '$unpublished'

export interface Unpublished {
  /** With the condition as its last segment. */
  readonly release: Release
  readonly segment: CompiledSegment
  readonly index: number
}

/** Faults name paths from the condition on: `when.all[0]`. Throws StoreError. */
export async function compileUnpublished(
  store: ConfigurationStore,
  { number, epoch, stopped }: Release,
  when: Condition,
): Promise<Result<Unpublished, readonly Fault[]>> {
  const published = await store.readRelease(number)
  if (published === null) throw new Error(`release ${number} is active and not there`)
  const index = published.segments.length
  const segments = [...published.segments, { key: KEY, name: KEY, when }]
  const configuration = { ...published, segments }
  const [regex, formulas] = [await regexFor(configuration), await formulasFor(configuration)]
  const faults = checkConfiguration(configuration, regex, formulas)
  if (faults.length > 0) {
    const own = `segments[${index}].when`
    return fail(faults.map((fault) => ({ ...fault, path: fault.path.replace(own, 'when') })))
  }
  const release = compileRelease(configuration, { number, epoch, stopped }, regex, formulas)
  return ok({ release, index, segment: release.segments[index] as CompiledSegment })
}

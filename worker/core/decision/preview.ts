/** What a preview link forces for one browser. */
import { OPEN } from './assignment.ts'
import type { Forced } from './forced.ts'
import type { CompiledPlacement, House } from './plan.ts'

export interface Preview {
  /** Placement → the action it shows, whatever its gates say. */
  readonly actions: ReadonlyMap<string, string>
  /** Experiment → the arm this browser is in. */
  readonly arms: ReadonlyMap<string, string>
  /** Index of a segment → whether this browser counts as a member. */
  readonly segments: ReadonlyMap<number, boolean>
}

/**
 * A preview shows what the public gets: who looks is neither staff nor held
 * out. What is gone since the link was made forces nothing.
 */
export function previewOf(
  { actions, arms, segments }: Forced,
  release: { readonly house: House; readonly segments: readonly { readonly key: string }[] },
  placements: readonly CompiledPlacement[],
): Preview {
  const { staffSegment, holdout } = release.house
  const holdouts = [
    holdout,
    ...placements.flatMap(({ policies }) => policies.map((policy) => policy.holdout)),
  ].flatMap((one) => (one === null ? [] : [[one.key, OPEN] as const]))
  const wanted = segments.map((key) => release.segments.findIndex((one) => one.key === key))
  return {
    actions: new Map(Object.entries(actions)),
    arms: new Map([...holdouts, ...Object.entries(arms)]),
    segments: new Map([
      ...(staffSegment === null ? [] : [[staffSegment, false] as const]),
      ...wanted.filter((index) => index >= 0).map((index) => [index, true] as const),
    ]),
  }
}

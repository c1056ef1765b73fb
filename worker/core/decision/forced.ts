/** What a preview link forces for one browser. */
export interface Forced {
  /** Placement → the action it shows, whatever its gates say. */
  readonly actions: Readonly<Record<string, string>>
  /** Experiment, or policy with a split → the arm this browser is in. */
  readonly arms: Readonly<Record<string, string>>
  /** Keys of segments that this browser counts as a member of. */
  readonly segments: readonly string[]
  /** The moment to decide for; null is now. */
  readonly atMs: number | null
}

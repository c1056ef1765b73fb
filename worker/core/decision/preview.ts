/** What a preview link forces for one browser; whoever opens it fills this in. */
export interface Preview {
  /** Placement → the action it shows, whatever its gates say. */
  readonly actions: ReadonlyMap<string, string>
  /** Experiment → the arm this browser is in. */
  readonly arms: ReadonlyMap<string, string>
}

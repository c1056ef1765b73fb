/** What learning needs of a store: tallies that batches are added to, and what they come to. */
import type { TallyRow } from '../core/experiment/tally.ts'
import type { Totals } from '../core/learning/totals.ts'

export interface Tallies {
  /**
   * Adds a batch's totals, all or nothing and once: false when an earlier call
   * had added them.
   * @param batchId its idempotency key
   */
  add(batchId: string, totals: Totals, nowMs: number): Promise<boolean>
  /**
   * An experiment's rows; those of first exposures before `openFromHour` are
   * put together under the hour −1, since all their windows are closed.
   */
  experiment(experiment: string, openFromHour: number): Promise<readonly TallyRow[]>
}

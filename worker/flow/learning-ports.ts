/** What learning needs of a store: tallies that batches are added to, and models made of them. */
import type { TallyRow } from '../core/experiment/tally.ts'
import type { Model } from '../core/learning/model.ts'
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
  /**
   * What policies chose since an hour and what came of it, by hour from
   * `hourlyFrom` on, and by day before it.
   */
  choices(
    policies: readonly string[],
    sinceHour: number,
    hourlyFrom: number,
  ): Promise<readonly ChoiceTally[]>
}

export interface ChoiceTally {
  readonly policy: string
  readonly action: string
  readonly leaf: string
  /** '' for the row that counts exposures. */
  readonly goal: string
  readonly currency: string
  /** Hours since 1970; of a day, its first. */
  readonly hour: number
  readonly impressions: number
  readonly clicks: number
  readonly rewarded: number
  /** Millionths. */
  readonly micro: number
  readonly squares: number
}

/** Versions of what was learned. They never change; the newest counts. */
export interface Models {
  newest(): Promise<Model | null>
  /** @param version null for the newest */
  kept(version: number | null): Promise<KeptModel>
  /**
   * Writes the next version, whose number it gives to `make`; null when
   * somebody else wrote one after `known`.
   */
  write(known: number, make: (version: number) => Model, nowMs: number): Promise<Model | null>
}

export interface KeptModel {
  /** null where that version is not kept. */
  readonly model: Model | null
  /** null before the first. */
  readonly kept: { readonly from: number; readonly to: number } | null
}

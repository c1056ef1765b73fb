/**
 * The active release as an isolate holds it: fresh enough without asking the
 * store on every request. Older than 5 s it is refreshed behind the answer,
 * older than 30 s before it; a profile folded under a newer epoch forces it.
 */
import { compileRelease } from '../core/release/compile.ts'
import type { Release } from '../core/release/release.ts'
import type { ConfigurationStore } from './configuration-ports.ts'
import { formulasFor } from './formulas.ts'
import { regexFor } from './regex.ts'
import { StoreError, type Releases, type Timer } from './ports.ts'

const STALE_MS = 5_000
const EXPIRED_MS = 30_000
/** How long a request waits for a release that is too old. */
const PATIENCE_MS = 50
const BACKOFF_MS = 2_000
const PUBLISHED_HERE = -Infinity

/** What outlives a request. Promises do not: one request may not wait on another's I/O. */
export interface ReleaseCell {
  release: Release | null
  readAtMs: number
  refreshing: boolean
  /** After a failure the store is left alone until then. */
  retryAtMs: number
}
export const emptyCell = (): ReleaseCell => ({
  release: null,
  readAtMs: 0,
  refreshing: false,
  retryAtMs: 0,
})

export interface HeldReleases extends Releases {
  /** The next request reads anew: something was published here. */
  forget(): void
}

export interface HeldReleasePorts {
  readonly store: ConfigurationStore
  readonly nowMs: () => number
  readonly timer: Timer
  /** Lets work go on after the answer. */
  readonly background: (work: Promise<unknown>) => void
}

export function heldReleases(
  cell: ReleaseCell,
  { store, nowMs, timer, background }: HeldReleasePorts,
): HeldReleases {
  const refresh = async (): Promise<void> => {
    const known = cell.release
    const active = await store.active(known?.epoch ?? null, known?.models?.version ?? 0)
    if (active === null) return
    const { release: newer } = active
    const models = active.model ?? known?.models ?? null
    if (newer !== 'unchanged' && newer.epoch > (known?.epoch ?? 0)) {
      const { configuration, slots, release: number, epoch, stopped } = newer
      const regex = await regexFor(configuration)
      const formulas = await formulasFor(configuration)
      const state = { number, epoch, stopped, slots, models }
      cell.release = compileRelease(configuration, state, regex, formulas)
    } else if (known !== null && active.model !== null) {
      cell.release = { ...known, models }
    }
    cell.readAtMs = nowMs()
  }
  /** A release in hand is better than none. */
  const refreshKeeping = async (): Promise<void> => {
    cell.refreshing = true
    try {
      await refresh()
    } catch (error) {
      if (!(error instanceof StoreError)) throw error
      cell.retryAtMs = nowMs() + BACKOFF_MS
    } finally {
      cell.refreshing = false
    }
  }
  return {
    async current(atLeastEpoch = 0) {
      const { release } = cell
      if (release === null) {
        await refresh()
        return cell.release
      }
      const ageMs = nowMs() - cell.readAtMs
      if (release.epoch < atLeastEpoch || cell.readAtMs === PUBLISHED_HERE) await refreshKeeping()
      else if (ageMs > STALE_MS && !cell.refreshing && nowMs() >= cell.retryAtMs) {
        const refreshing = refreshKeeping()
        background(refreshing)
        // A store that hangs must not hold a page up.
        if (ageMs > EXPIRED_MS) await timer.within(PATIENCE_MS, refreshing)
      }
      return cell.release
    },
    forget() {
      cell.readAtMs = PUBLISHED_HERE
      cell.retryAtMs = 0
    },
  }
}

/**
 * The active release as an isolate holds it: fresh enough without asking the
 * store on every request. Older than 5 s it is refreshed behind the answer,
 * older than 30 s before it; a profile folded under a newer epoch forces it.
 */
import { compileRelease } from '../core/release/compile.ts'
import type { Release } from '../core/release/release.ts'
import type { ConfigurationStore } from './configuration-ports.ts'
import { StoreError, type Releases } from './ports.ts'

const STALE_MS = 5_000
const EXPIRED_MS = 30_000

/** What outlives a request. Promises do not: one request may not wait on another's I/O. */
export interface ReleaseCell {
  release: Release | null
  readAtMs: number
  refreshing: boolean
}
export const emptyCell = (): ReleaseCell => ({ release: null, readAtMs: 0, refreshing: false })

export interface HeldReleases extends Releases {
  /** The next request reads anew: something was published here. */
  forget(): void
}

export function heldReleases(
  cell: ReleaseCell,
  store: ConfigurationStore,
  nowMs: () => number,
  background: (work: Promise<unknown>) => void,
): HeldReleases {
  const refresh = async (): Promise<void> => {
    const active = await store.active(cell.release?.epoch ?? null)
    if (active === null) return
    if (active !== 'unchanged' && active.epoch > (cell.release?.epoch ?? 0)) {
      const { configuration, release: number, epoch, stopped } = active
      cell.release = compileRelease(configuration, { number, epoch, stopped })
    }
    cell.readAtMs = nowMs()
  }
  const refreshBehind = async (): Promise<void> => {
    cell.refreshing = true
    try {
      await refresh()
    } catch (error) {
      // A release in hand is better than none; the next request tries again.
      if (!(error instanceof StoreError)) throw error
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
      if (ageMs > EXPIRED_MS || release.epoch < atLeastEpoch) await refreshBehind()
      else if (ageMs > STALE_MS && !cell.refreshing) background(refreshBehind())
      return cell.release
    },
    forget() {
      cell.readAtMs = 0
    },
  }
}

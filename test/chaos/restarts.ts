/** A worker, and its store, that are killed with SIGKILL and started again on the same data and port. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { LocalWorkerOptions } from '../../scripts/local-worker.ts'
import type { Backing } from './backing.ts'
import { startMortalWorker } from './mortal-worker.ts'
import { isDrainUnfinished, letLeaseRunOut, storedFiles } from './state-folder.ts'
import type { Random } from '../support/random.ts'

export type Victim = 'worker' | 'store' | 'both'

export interface Restarts {
  readonly url: string
  readonly counts: Readonly<Counts>
  /** Now, or as soon as a drain is under way, or as its file is being stored. */
  killAndRestart(victim: Victim): Promise<void>
  /** Runs cron again and again until `stop`; a run may fail only because of a kill. */
  drainUntilStopped(): Promise<void>
  /** A clean end, after which somebody else may open the state folder. */
  stop(): Promise<void>
}

interface Counts {
  /** Of the worker, and of a store that has a process of its own. */
  workerKills: number
  storeKills: number
  /** Kills of the worker that left a batch of the drain begun and not done. */
  killsAmidDrain: number
  /** Scheduled runs that ended by themselves, and those that a kill ended. */
  drains: number
  drainsKilled: number
  /** From a kill until all is up again, all together. */
  downMs: number
}

/** How long a store that died alone stays away at most: long enough that the worker meets its absence. */
const MOST_AWAY_MS = 400

export async function startRestarts(
  options: LocalWorkerOptions,
  backing: Backing,
  dice: Random,
): Promise<Restarts> {
  const worker = await startMortalWorker(options)
  const counts: Counts = {
    workerKills: 0,
    storeKills: 0,
    killsAmidDrain: 0,
    drains: 0,
    drainsKilled: 0,
    downMs: 0,
  }
  const drainDice = dice.fork()
  let restarting: Promise<void> = Promise.resolve()
  const state = { draining: false, stopped: false }

  const aim = async (): Promise<void> => {
    const target = dice.pick(['anything', 'drain', 'file'] as const)
    if (target === 'drain') await until(() => state.draining)
    if (target === 'file') {
      const before = await storedFiles(options.stateFolder)
      await until(async () => (await storedFiles(options.stateFolder)) > before)
    }
    await sleep(dice.between(0, target === 'file' ? 20 : 60))
  }
  const reviveWorker = async (): Promise<void> => {
    if (await isDrainUnfinished(options.stateFolder)) counts.killsAmidDrain++
    // Else the lease still stands: the next runs must keep out and lose nothing.
    if (dice.chance(0.7)) await letLeaseRunOut(options.stateFolder)
    await worker.revive()
  }
  const killAndRestart = async (victim: Victim): Promise<void> => {
    const killedMs = performance.now()
    const ofWorker = victim !== 'store'
    const ofStore = victim !== 'worker'
    await Promise.all([ofWorker && worker.kill(), ofStore && backing.kill()])
    if (ofWorker) counts.workerKills++
    if (ofStore) counts.storeKills++
    const revived = ofWorker ? reviveWorker() : sleep(dice.between(0, MOST_AWAY_MS))
    // Either may be back first.
    if (victim !== 'both' || dice.chance(0.5)) await revived
    if (ofStore) await backing.start()
    await revived
    counts.downMs += performance.now() - killedMs
  }
  const drainOnce = async (): Promise<void> => {
    const killsBefore = counts.workerKills + counts.storeKills
    state.draining = true
    try {
      await worker.runScheduled()
      counts.drains++
    } catch (error) {
      await restarting
      if (counts.workerKills + counts.storeKills === killsBefore) throw error
      counts.drainsKilled++
    } finally {
      state.draining = false
    }
  }
  const drainUntilStopped = async (): Promise<void> => {
    while (!state.stopped) {
      await restarting
      await drainOnce()
      await sleep(drainDice.between(5, 150))
    }
  }
  let drainLoop: Promise<void> = Promise.resolve()
  return {
    url: worker.url,
    counts,
    async killAndRestart(victim) {
      await aim()
      await (restarting = killAndRestart(victim))
    },
    drainUntilStopped: () => (drainLoop = drainUntilStopped()),
    async stop() {
      state.stopped = true
      await Promise.allSettled([restarting, drainLoop])
      await worker.stop()
    },
  }
}

const PATIENCE_MS = 3000

/** Gives up after a while: a drain with nothing to do stores nothing. */
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const untilMs = performance.now() + PATIENCE_MS
  while (!(await holds()) && performance.now() < untilMs) await sleep(1)
}

/** Drives a replay to its end, with a bar for each phase. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { ReplayAnswer } from '../worker/contract/replay.ts'
import { AdminError, type AdminApi, type ReplayWish } from './admin-api.ts'
import { startProgress, type Progress } from './progress.ts'
import { walk } from './walk.ts'

/** Between two looks at whether the outbox has been drained. */
const WAIT_MS = 2000

/** How it stands when it is at its end, or when somebody interrupted. */
export async function driveReplay(api: AdminApi, wish: ReplayWish): Promise<ReplayAnswer> {
  let run = await api.beginReplay(wish)
  if (run.updatedAt !== run.startedAt) {
    console.error(`Going on with run ${run.number}, which began at ${run.startedAt}.`)
  }
  const bars = phaseBars(run)
  try {
    for await (const step of walk({ from: null, pauseMs: 0 }, () => oneStep(api, wish))) {
      run = step.run
      bars.show(run)
      if (run.waitsFor !== null) await sleep(WAIT_MS)
    }
  } catch (error) {
    bars.fail('Stopped. The same command goes on from here.')
    throw error
  }
  if (run.state === 'running') bars.fail('Interrupted. The same command goes on from here.')
  else bars.end()
  return run
}

async function oneStep(
  api: AdminApi,
  wish: ReplayWish,
): Promise<{ run: ReplayAnswer; next: string | null }> {
  try {
    const run = await api.stepReplay()
    return { run, next: run.state === 'running' ? run.updatedAt : null }
  } catch (error) {
    if (!(error instanceof AdminError) || error.problem.code !== 'replay_outdated') throw error
    console.error('A release was published meanwhile: beginning again, by its rules.')
    const run = await api.beginReplay(wish)
    return { run, next: run.updatedAt }
  }
}

type Phase = ReplayAnswer['phase']
const TITLES: { readonly [phase in Phase]: string } = {
  sweep: 'Preparing',
  fold: 'Reading the files',
  settle: 'Comparing people',
  recent: 'Comparing people who came since',
  survey: 'Looking for people without records',
  tidy: 'Tidying up',
}
const numbers = ({ done, total }: { done: number; total: number }): string =>
  `${done.toLocaleString('en')} of ${total.toLocaleString('en')}`

/** The bar of a phase ends when the next one begins. */
function phaseBars(begun: ReplayAnswer) {
  let phase: Phase | null = null
  let bar: Progress | null = null
  const end = (): void => bar?.end(phase === null ? '' : `${TITLES[phase]}: done`)
  const show = (run: ReplayAnswer): void => {
    // A small run is through before there was anything to show.
    if (run.state !== 'running') return
    if (run.phase !== phase) {
      end()
      phase = run.phase
      bar = startProgress(TITLES[phase], totalOf(run))
    }
    const message = told(run)
    if (message !== null) bar?.say(message, doneOf(run))
  }
  show(begun)
  return {
    show,
    end,
    fail: (message: string) => bar?.fail(message),
  }
}

const totalOf = ({ phase, rows, people }: ReplayAnswer): number | null =>
  phase === 'fold' ? rows.total : phase === 'settle' ? people.total : null
const doneOf = ({ phase, rows, people }: ReplayAnswer): number | undefined =>
  phase === 'fold' ? rows.done : phase === 'settle' ? people.done : undefined

function told(run: ReplayAnswer): string | null {
  const { phase, rows, files, people, different, waitsFor } = run
  if (waitsFor === 'drain') return 'waiting until the outbox is drained'
  if (phase === 'fold') return `${numbers(rows)} rows, ${numbers(files)} files`
  if (phase === 'settle') return `${numbers(people)}, ${different.people} differ`
  if (phase === 'sweep' || phase === 'tidy') return null
  return `${people.done.toLocaleString('en')} compared, ${different.people} differ`
}

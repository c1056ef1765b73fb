/** `npm start` in a process of its own, with a state folder that goes with the test. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach } from 'vitest'
import { freePorts } from '../support/postgres/free-ports.ts'
import { LIMITS_MS, within } from '../support/within.ts'
import { ROOT } from './tsugi.ts'

let state = ''
/** Of the test that runs. */
export const stateFolder = (): string => state
const children: ChildProcess[] = []

beforeEach(async () => {
  state = await mkdtemp(join(tmpdir(), 'tsugi-start-'))
})
afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    const exit = once(child, 'exit')
    child.kill('SIGKILL')
    await exit
  }
  await rm(state, { recursive: true })
})

export interface Started {
  readonly child: ChildProcess
  /** All that it printed so far. */
  readonly said: () => string
  readonly until: (text: string) => Promise<void>
  /** Its exit code, once it has ended. */
  readonly exit: () => Promise<number | null>
}

export function start(environment: Record<string, string>, args: string[] = []): Started {
  const child = spawn(process.execPath, [join(ROOT, 'scripts/start.ts'), ...args], {
    cwd: ROOT,
    env: { ...process.env, TSUGI_STATE: state, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.push(child)
  let said = ''
  const waiting: { text: string; resolve: () => void }[] = []
  const hear = (chunk: Buffer): void => {
    said += chunk.toString()
    for (const { text, resolve } of waiting) if (said.includes(text)) resolve()
  }
  child.stdout.on('data', hear)
  child.stderr.on('data', hear)
  const closed = new Promise<number | null>((resolve) => child.on('close', resolve))
  const waitFor = <T>(what: string, waited: Promise<T>): Promise<T> =>
    within(LIMITS_MS.start, `npm start ${what}`, waited, () => `It said: ${said}`)
  const until = (text: string): Promise<void> => {
    const isSaid = new Promise<void>((resolve) => {
      if (said.includes(text)) resolve()
      else waiting.push({ text, resolve })
    })
    const ended = closed.then((code) => {
      if (!said.includes(text)) throw new Error(`Ended (${code}) without "${text}":\n${said}`)
    })
    return waitFor(`to say "${text}"`, Promise.race([isSaid, ended]))
  }
  const exit = () => waitFor('to end', closed)
  return { child, said: () => said, until, exit }
}

/** Two free neighbours, for the worker and the shop. */
export const freePort = async (): Promise<string> => String((await freePorts(2))[0])

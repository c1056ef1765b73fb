/** A program as a process of its own: what it printed, and how it ended. */
import { spawn } from 'node:child_process'
import { LIMITS_MS, within } from './within.ts'

export interface Ended {
  /** Null where a signal ended it. */
  readonly code: number | null
  readonly out: string
  readonly err: string
}

export interface ProgramOptions {
  readonly cwd?: string
  /** All of its environment; that of the tests when left out. */
  readonly env?: NodeJS.ProcessEnv
  /** What it reads; its standard input is empty when left out. */
  readonly input?: string
  readonly limitMs?: number
}

/** Whatever it ends with is an answer; throws where it cannot be started, and where it hangs. */
export async function runProgram(
  program: string,
  args: readonly string[],
  { cwd, env = process.env, input = '', limitMs = LIMITS_MS.program }: ProgramOptions = {},
): Promise<Ended> {
  const child = spawn(program, args, { ...(cwd !== undefined && { cwd }), env })
  let [out, err] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text))
  // It may end without reading: its exit code says why.
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, out, err }))
  })
  return within(limitMs, `the end of ${[program, ...args].join(' ')}`, ended, () => {
    child.kill('SIGKILL')
    return `It said: ${(out + err).slice(-2000)}`
  })
}

/** A program for Node.js, by the path of its first file. */
export const runNode = (
  file: string,
  args: readonly string[],
  options?: ProgramOptions,
): Promise<Ended> => runProgram(process.execPath, [file, ...args], options)

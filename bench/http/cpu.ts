/** CPU that workerd spends: steadier than its throughput where other processes want the cores too. */
import { readdirSync, readFileSync } from 'node:fs'

/** The process id of a child of ours by its name; null where there is no /proc. */
export function childNamed(name: string): number | null {
  for (const pid of numbersIn('/proc')) {
    const fields = readOrNull(`/proc/${pid}/stat`)
    const match = fields === null ? null : /^\d+ \((.+)\) \S (\d+) /.exec(fields)
    if (match?.[1] === name && Number(match[2]) === process.pid) return pid
  }
  return null
}

/** CPU microseconds of all threads of a process so far, by the scheduler's count. */
export function cpuMicrosOf(pid: number): number {
  let nanoseconds = 0
  for (const thread of numbersIn(`/proc/${pid}/task`)) {
    const fields = readOrNull(`/proc/${pid}/task/${thread}/schedstat`)
    nanoseconds += Number(fields?.split(' ')[0] ?? 0)
  }
  return nanoseconds / 1000
}

function numbersIn(folder: string): number[] {
  try {
    return readdirSync(folder).map(Number).filter(Number.isInteger)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

/** Processes and threads may end while they are looked at. */
function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ESRCH') return null
    throw error
  }
}

/** How far a long command is: a moving line for people, a line now and then for logs. */
import { isCI, isTTY, progress, spinner } from '@clack/prompts'

export interface Progress {
  /** @param done of the total, where one was given */
  say(message: string, done?: number): void
  /** The last line. */
  end(message: string): void
  fail(message: string): void
}

/** Lines of a log are so far apart. */
const LOG_MS = 5000

/** On stderr: what a command answers is what stdout has. @param total null where nobody knows */
export function startProgress(title: string, total: number | null = null): Progress {
  const output = process.stderr
  if (!isTTY(output) || isCI()) return logged(title)
  // Whoever walks handles Ctrl-C; see walk.ts.
  const options = { output, cancelMessage: title, errorMessage: title }
  if (total === null) {
    const line = spinner({ ...options, indicator: 'timer' })
    line.start(title)
    return {
      say: (message) => line.message(`${title}: ${message}`),
      end: (message) => line.stop(message),
      fail: (message) => line.error(message),
    }
  }
  const bar = progress({ ...options, max: Math.max(1, total) })
  bar.start(title)
  let shown = 0
  return {
    say(message, done = shown) {
      bar.advance(done - shown, `${title}: ${message}`)
      shown = done
    },
    end: (message) => bar.stop(message),
    fail: (message) => bar.error(message),
  }
}

function logged(title: string): Progress {
  let saidAtMs = 0
  return {
    say(message) {
      if (Date.now() - saidAtMs < LOG_MS) return
      saidAtMs = Date.now()
      console.error(`${title}: ${message}`)
    },
    end: (message) => console.error(message),
    fail: (message) => console.error(message),
  }
}

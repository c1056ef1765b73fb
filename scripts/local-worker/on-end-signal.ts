const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * Calls `end` once, when somebody asks the process to end. Miniflare's own
 * listeners, which exit at once, are taken away: call it after the worker started.
 */
export function onEndSignal(end: () => void): void {
  for (const signal of SIGNALS) {
    process.removeAllListeners(signal)
    process.on(signal, end)
  }
}

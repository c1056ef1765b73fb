/** What `startWorkerProcess` runs: a local worker that is told what to do by messages. */
import { startLocalWorker, type LocalWorker } from '../local-worker.ts'
import { onEndSignal } from './on-end-signal.ts'
import type { LocalWorkerOptions, LogLine } from './options.ts'

export type ToChild =
  | { readonly do: 'start'; readonly options: LocalWorkerOptions; readonly logs: boolean }
  | { readonly do: 'run-scheduled'; readonly id: number }

export type FromChild =
  | { readonly is: 'ready'; readonly url: string }
  | { readonly is: 'failed'; readonly error: string }
  | { readonly is: 'log'; readonly line: LogLine }
  | { readonly is: 'ran'; readonly id: number; readonly error?: string }

let worker: LocalWorker | undefined

process.on('message', (message: ToChild) => void obey(message))
// Whoever started us is gone.
process.on('disconnect', () => void end())

function tell(message: FromChild): void {
  process.send?.(message)
}

async function obey(message: ToChild): Promise<void> {
  if (message.do === 'start') {
    try {
      worker = await startLocalWorker(message.options, (line) => {
        if (message.logs) tell({ is: 'log', line })
      })
      onEndSignal(() => void end())
      tell({ is: 'ready', url: worker.url })
    } catch (error) {
      tell({ is: 'failed', error: (error as Error).stack ?? String(error) })
      process.disconnect()
    }
    return
  }
  try {
    if (worker === undefined) throw new Error('The worker is not started.')
    await worker.runScheduled()
    tell({ is: 'ran', id: message.id })
  } catch (error) {
    tell({ is: 'ran', id: message.id, error: String(error) })
  }
}

async function end(): Promise<void> {
  await worker?.stop()
  process.exit(0)
}

/** The API before `load`: every call waits, and one object stays the same from the stub on. */
import type { LoadOptions, Tsugi } from '../api.ts'
import { whenActivated } from '../browser/lifecycle.ts'
import { openPreview } from './preview.ts'
import { start, type Calls } from './start.ts'

type Name = keyof Calls
/** As the snippet's stub queues it. */
type WaitingCall = readonly [
  name: Name | 'load',
  args: Iterable<unknown>,
  resolve: (result: unknown) => void,
]

/** What the snippet leaves in `window.tsugi`. */
export type Stub = {
  calls?: WaitingCall[]
  /** When it began to hide placements. */
  readonly sinceMs?: number
  /** What hides them. */
  readonly sheet?: CSSStyleSheet
}

const NAMES = 'page track identify group alias reset consent decide on off'.split(' ') as Name[]

/** Turns the stub, or an empty object, into the API; `defaultHost` is where the script came from. */
export const createTsugi = (stub: Stub, defaultHost: string): Tsugi => {
  const waiting = stub.calls ?? []
  const { sinceMs, sheet } = stub
  let loaded = false
  let started: Calls | undefined

  const load = (writeKey: string, options: LoadOptions = {}): void => {
    if (loaded) return
    loaded = true
    const loadedMs = Date.now()
    const host = options.host ?? defaultHost
    const begin = (hiddenSinceMs: number): void => {
      const unveil = (): void => {
        if (sheet) sheet.disabled = true
      }
      const calls = start(writeKey, { ...options, host }, hiddenSinceMs, unveil)
      started = calls
      for (const [name, args, resolve] of waiting.splice(0)) {
        resolve(name !== 'load' && calls[name](...(args as never)))
      }
    }
    // A prerendered page may never be looked at: until it is, nothing happens.
    whenActivated((waited) => {
      if (location.search.includes('tsugi_preview=')) {
        void openPreview(host, writeKey).then(() => begin(Date.now()))
      } else begin(waited ? Date.now() : (sinceMs ?? loadedMs))
    })
  }

  // Without `calls` this is the API, and no longer a stub.
  const api = Object.assign(stub as { [name: string]: unknown }, { calls: undefined, load })
  for (const name of NAMES) {
    api[name] = (...args: unknown[]) =>
      started
        ? started[name](...(args as never))
        : new Promise((resolve) => waiting.push([name, args, resolve]))
  }
  const first = waiting.find(([name]) => name === 'load')
  if (first) load(...([...first[1]] as [string]))
  return api as unknown as Tsugi
}

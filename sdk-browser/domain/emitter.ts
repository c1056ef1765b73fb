import type { Listeners } from '../api.ts'

type Listener = (payload: never) => void

const listeners: { [name: string]: Set<Listener> } = {}

export const on = (name: string, listener: Listener): void => {
  ;(listeners[name] ??= new Set()).add(listener)
}

export const off = (name: string, listener: Listener): void => {
  listeners[name]?.delete(listener)
}

/** A listener that throws is reported as the page's own error, and stops nobody else. */
export const emit = <Name extends keyof Listeners>(
  name: Name,
  payload: Parameters<Listeners[Name]>[0],
): void => {
  for (const listener of listeners[name] ?? []) {
    try {
      listener(payload as never)
    } catch (error) {
      reportError(error)
    }
  }
}

/** What the bridge does to the next requests, for tests of what a store may do to us. */
export interface Fault {
  /**
   * `hold`: nothing is done until the test releases it, then all as ever.
   * `refuse`: 503, nothing done. `reset`: the connection breaks, nothing done.
   * `work-then-hang`: does the work and never answers. `work-then-reset`: does
   * the work and breaks the connection. `half`: of a pipeline the first half is
   * done and answered; of one command's answer half the bytes are sent.
   * `garbage`: a 200 that is no JSON.
   */
  readonly kind:
    | 'hold'
    | 'refuse'
    | 'reset'
    | 'work-then-hang'
    | 'work-then-reset'
    | 'half'
    | 'garbage'
  /** How many requests it meets; 1 by default. */
  readonly times?: number
  /** Only requests whose first command is one of these. */
  readonly commands?: readonly string[]
}

export interface FaultList {
  add(fault: Fault): void
  /** The fault that a request with this command meets. */
  meet(command: string): Fault | null
  /** Where a request says that it does not go on; resolves when it is released. */
  stick(): Promise<void>
  /** Resolves when so many requests have got stuck since the last clear. */
  untilStuck(times: number): Promise<void>
  release(): void
  /** Takes the faults back and releases what was stuck. */
  clear(): void
}

export function faultList(): FaultList {
  let pending: { fault: Fault; left: number }[] = []
  let stuck = 0
  let held: (() => void)[] = []
  let watching: { times: number; resolve: () => void }[] = []
  const release = (): void => {
    for (const goOn of held) goOn()
    held = []
  }
  return {
    add: (fault) => void pending.push({ fault, left: fault.times ?? 1 }),
    meet(command) {
      const hit = pending.find(
        ({ fault }) => fault.commands === undefined || fault.commands.includes(command),
      )
      if (hit === undefined) return null
      hit.left--
      pending = pending.filter(({ left }) => left > 0)
      return hit.fault
    },
    stick() {
      stuck++
      for (const { times, resolve } of watching) if (times <= stuck) resolve()
      return new Promise((resolve) => void held.push(resolve))
    },
    untilStuck: async (times) => {
      if (times <= stuck) return
      await new Promise<void>((resolve) => void watching.push({ times, resolve }))
    },
    release,
    clear() {
      pending = []
      watching = []
      stuck = 0
      release()
    },
  }
}

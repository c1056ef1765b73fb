/** What the bridge does to the next requests, for tests of what a store may do to us. */
export interface Fault {
  /**
   * `delay`: answers late. `refuse`: 503, nothing done. `reset`: the connection
   * breaks, nothing done. `work-then-hang`: does the work and never answers.
   * `work-then-reset`: does the work and breaks the connection. `half`: of a
   * pipeline the first half is done and answered; of one command's answer half
   * the bytes are sent. `garbage`: a 200 that is no JSON.
   */
  readonly kind:
    | 'delay'
    | 'refuse'
    | 'reset'
    | 'work-then-hang'
    | 'work-then-reset'
    | 'half'
    | 'garbage'
  /** How many requests it meets; 1 by default. */
  readonly times?: number
  readonly delayMs?: number
  /** Only requests whose first command is one of these. */
  readonly commands?: readonly string[]
}

export interface FaultList {
  add(fault: Fault): void
  /** The fault that a request with this command meets. */
  meet(command: string): Fault | null
  clear(): void
}

export function faultList(): FaultList {
  let pending: { fault: Fault; left: number }[] = []
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
    clear: () => void (pending = []),
  }
}

/** What is left of actions that there are only so many of, over everybody. */

/** An action's: how many there are in all. */
export interface Stock {
  /** Key of the action. */
  readonly key: string
  readonly total: number
}

/** What is gone, and what this question, or this chunk of a list, is about to take. */
export class StockRoom {
  readonly #gone: Map<string, number>

  /** @param taken key of an action → how many were served */
  constructor(taken: ReadonlyMap<string, number>) {
    this.#gone = new Map(taken)
  }

  /** With as much left, and apart from this one from now on. */
  copy(): StockRoom {
    return new StockRoom(this.#gone)
  }

  isOut({ key, total }: Stock): boolean {
    return (this.#gone.get(key) ?? 0) >= total
  }

  take({ key }: Stock): void {
    this.#gone.set(key, (this.#gone.get(key) ?? 0) + 1)
  }
}

/** What a read that takes nothing sees: whatever there are only so many of is not its to promise. */
class ShutRoom extends StockRoom {
  override copy(): StockRoom {
    return this
  }

  override isOut(): boolean {
    return true
  }
}
export const SHUT_ROOM: StockRoom = new ShutRoom(new Map())

/** What a commit takes of one; it is refused where that is more than there is. */
export interface StockTake extends Stock {
  readonly take: number
}

/**
 * The files of all shards as one log. Those of one shard come in the order of
 * its positions; of several, the row that stands first in time comes first.
 * That keeps the commits of each profile in their order, which is all that
 * rebuilding asks for: on D1 there is one shard, and on Redis a commit's
 * position, a time, is greater than that of the last commit of any profile it
 * changes. Where the store was changed, the old one's files end before the new
 * one's begin.
 */
import {
  BrokenFileError,
  type FiledBatch,
  type FiledLog,
  type LoggedRecord,
  type RecordFiles,
  type ReplayCursor,
  type ShardCursor,
} from './replay-ports.ts'

interface StreamPorts {
  readonly filed: FiledLog
  readonly files: RecordFiles
}

/** Positions of Redis are hundredths of a millisecond; D1 counts from one. */
export const orderMs = (shard: string, { seq, receivedMs }: LoggedRecord): number =>
  shard.startsWith('redis-') ? seq / 100 : receivedMs

export class LogStream {
  readonly #shards: readonly ShardStream[]
  #next: { readonly stream: ShardStream; readonly row: LoggedRecord } | null = null

  constructor(ports: StreamPorts, shards: ReplayCursor['shards']) {
    this.#shards = Object.entries(shards).map(
      ([shard, cursor]) => new ShardStream(ports, shard, cursor),
    )
  }

  /** The next row, without taking it; null at the end of what is filed. Throws BrokenFileError. */
  async head(): Promise<LoggedRecord | null> {
    if (this.#next !== null) return this.#next.row
    for (const stream of this.#shards) {
      const row = await stream.head()
      if (row === null) continue
      const first = this.#next
      const isFirst =
        first === null || orderMs(stream.shard, row) < orderMs(first.stream.shard, first.row)
      if (isFirst) this.#next = { stream, row }
    }
    return this.#next?.row ?? null
  }

  /** The row that `head` showed. */
  take(): void {
    this.#next?.stream.take()
    this.#next = null
  }

  /** Behind the rows that were taken. */
  get cursors(): ReplayCursor['shards'] {
    return Object.fromEntries(this.#shards.map(({ shard, cursor }) => [shard, cursor]))
  }

  /** Taken to their last row since it began. */
  get filesDone(): number {
    return this.#shards.reduce((sum, { filesDone }) => sum + filesDone, 0)
  }
}

class ShardStream {
  readonly shard: string
  cursor: ShardCursor
  filesDone = 0
  readonly #ports: StreamPorts
  #batch: FiledBatch | null = null
  #groups: AsyncIterator<readonly LoggedRecord[]> | null = null
  #group: readonly LoggedRecord[] = []
  #at = 0

  constructor(ports: StreamPorts, shard: string, cursor: ShardCursor) {
    this.#ports = ports
    this.shard = shard
    this.cursor = cursor
  }

  async head(): Promise<LoggedRecord | null> {
    for (;;) {
      const row = this.#group[this.#at]
      if (row !== undefined) return row
      if (!(await this.#more())) return null
    }
  }

  take(): void {
    this.#at++
    this.cursor = { ...this.cursor, row: this.cursor.row + 1 }
    if (this.cursor.row === this.#batch?.rows) this.#endBatch()
  }

  /** The next group of the batch in hand, or the next batch; false at the end. */
  async #more(): Promise<boolean> {
    if (this.#groups === null) return this.#open()
    const group = await this.#nextGroup(this.#groups)
    // It lies elsewhere by now.
    if (group === 'moved') return true
    if (group === null) this.#endBatch()
    else {
      this.#group = group
      this.#at = 0
    }
    return true
  }

  async #open(): Promise<boolean> {
    this.#batch = await this.#ports.filed.after(this.shard, this.cursor.afterSeq)
    if (this.#batch === null) return false
    const rows = this.#ports.files.read(this.#batch, this.cursor.row)
    this.#groups = rows[Symbol.asyncIterator]()
    return true
  }

  /** null at the end of the batch. Small files are put together while we read. */
  async #nextGroup(
    groups: AsyncIterator<readonly LoggedRecord[]>,
  ): Promise<readonly LoggedRecord[] | null | 'moved'> {
    try {
      const { done, value } = await groups.next()
      return done === true ? null : value
    } catch (error) {
      const before = this.#batch
      if (!(error instanceof BrokenFileError) || before === null) throw error
      await this.#open()
      if (this.#batch?.path === before.path) throw error
      return 'moved'
    }
  }

  #endBatch(): void {
    if (this.#batch === null) return
    this.cursor = { afterSeq: this.#batch.toSeq, row: 0 }
    this.filesDone++
    this.#batch = null
    this.#groups = null
    this.#group = []
  }
}

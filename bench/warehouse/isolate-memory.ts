/**
 * What Tsugi's isolate holds, by V8's own account after each of its collections:
 * the heap, and the buffers beside it, which no limit of the heap holds. Local D1
 * and R2 are isolates of their own in the same process, and not in it.
 */
import { readFile, stat } from 'node:fs/promises'

/** Bytes of one moment. */
export interface Held {
  readonly heap: number
  readonly buffers: number
}

export interface IsolatePeak {
  /** Most that was in use: at the first account after a full collection. */
  readonly used: Held
  /** Most that was there, with what was not collected yet. */
  readonly there: Held
  readonly accounts: number
  readonly fullCollections: number
  /** Most by which the heap grew between two accounts: so much may be missing from `there`. */
  readonly between: number
}

export const bytesOf = ({ heap, buffers }: Held): number => heap + buffers

/** What makes V8 give account. */
export const ACCOUNT_FLAGS = '--trace-gc --trace-gc-verbose'

/** From now on, until asked. */
export interface IsolateWatch {
  peak(): Promise<IsolatePeak>
}

/**
 * @param log where workerd writes, run with ACCOUNT_FLAGS
 * @param url of the worker
 */
export async function watchIsolate(log: string, url: string): Promise<IsolateWatch> {
  const isolate = await isolateOf(log, url)
  const { size } = await stat(log)
  return {
    peak: async () => peakOf(accountsIn((await readFile(log)).subarray(size).toString(), isolate)),
  }
}

interface Account extends Held {
  /** The account before was of a full collection, whose buffers V8 lets go of after it. */
  readonly isAfterFull: boolean
}

const NOTHING: Held = { heap: 0, buffers: 0 }

function peakOf(accounts: readonly Account[]): IsolatePeak {
  const most = (of: readonly Held[]): Held =>
    of.reduce((a, b) => (bytesOf(b) > bytesOf(a) ? b : a), NOTHING)
  const full = accounts.filter(({ isAfterFull }) => isAfterFull)
  const grown = accounts.map(({ heap }, i) => heap - (accounts[i - 1]?.heap ?? heap))
  return {
    used: most(full),
    there: most(accounts),
    accounts: accounts.length,
    fullCollections: full.length,
    between: Math.max(0, ...grown),
  }
}

const LINE =
  /^\[\d+:(0x[0-9a-f]+)\] (?:(All spaces|External memory reported|Backing store memory)\D+(\d+) KB| +\d+ ms: (Mark-Compact))/

/** As they stand in the log: what was done, the heap, what V8 was told of beside it, and its buffers. */
function accountsIn(text: string, isolate: string): Account[] {
  const accounts: Account[] = []
  let [heap, told] = [0, 0]
  let [wasFull, isFull] = [false, false]
  for (const line of text.split('\n')) {
    const [, of, what, kilobytes, full] = LINE.exec(line) ?? []
    if (of !== isolate) continue
    const bytes = Number(kilobytes) * 1024
    if (full !== undefined) isFull = true
    else if (what === 'All spaces') heap = bytes
    else if (what === 'External memory reported') told = bytes
    else {
      accounts.push({ heap, buffers: Math.max(told, bytes), isAfterFull: wasFull })
      wasFull = isFull
      isFull = false
    }
  }
  return accounts
}

const LITTERS = 40
/** Parsed and refused: there is no such key. */
const LITTER = JSON.stringify({
  writeKey: 'nobody',
  batch: Array.from({ length: 50_000 }, () => ({ a: 1 })),
})

/** Its name in the log: whoever collects, and by far the most, while Tsugi alone has much to parse. */
async function isolateOf(log: string, url: string): Promise<string> {
  const { size } = await stat(log)
  for (let n = 0; n < LITTERS; n++) {
    const response = await fetch(`${url}/v1/batch`, {
      method: 'POST',
      body: LITTER,
      headers: { 'content-type': 'text/plain', connection: 'close' },
    })
    await response.arrayBuffer()
    if (response.ok) throw new Error('what was to be refused was taken')
  }
  const counts = new Map<string, number>()
  const text = (await readFile(log)).subarray(size).toString()
  for (const [, name = ''] of text.matchAll(/^\[\d+:(0x[0-9a-f]+)\] +\d+ ms: (?:Scav|Mark)/gm)) {
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  const [first, second] = [...counts].toSorted(([, a], [, b]) => b - a)
  if (first === undefined || first[1] < 4 * ((second?.[1] ?? 0) + 1)) {
    throw new Error(`it is not plain which isolate is Tsugi's: ${JSON.stringify([...counts])}`)
  }
  return first[0]
}

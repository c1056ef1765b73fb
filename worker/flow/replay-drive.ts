/** Drives a run through its phases, a piece at a time. */
import type { RebuildRules } from '../core/replay/rebuild.ts'
import type { Profile } from '../core/profile/profile.ts'
import { fail, ok, type Result } from '../core/result.ts'
import type { ProfileScan } from './ports.ts'
import { foldPiece, isAsked, namedBy, type PieceLimits } from './replay-fold.ts'
import type { RecordFiles, ReplayMove, ReplayRun } from './replay-ports.ts'
import { readTail } from './replay-scene.ts'
import { settle, type SettlePorts } from './replay-settle.ts'
import { LogStream } from './replay-stream.ts'

export interface DrivePorts extends SettlePorts {
  readonly files: RecordFiles
  readonly scan: ProfileScan
}

export interface ReplayLimits extends PieceLimits {
  /** After it no further piece begins. */
  readonly budgetMs: number
  /** People compared at once. */
  readonly page: number
  /** Rows removed in one statement: commits wait for it. */
  readonly clear: number
}

export interface Replayed {
  readonly run: ReplayRun
  /** `drain`: the outbox holds more than may be read at once; the next drain helps. */
  readonly waitsFor: 'drain' | null
}

type Piece = 'done' | 'waits' | 'busy' | 'overtaken'

export class Driver {
  readonly #ports: DrivePorts
  readonly #limits: ReplayLimits
  readonly #rules: RebuildRules
  #run: ReplayRun
  #stream: LogStream | null = null

  constructor(ports: DrivePorts, limits: ReplayLimits, rules: RebuildRules, run: ReplayRun) {
    this.#ports = ports
    this.#limits = limits
    this.#rules = rules
    this.#run = run
  }

  async drive(): Promise<Result<Replayed, 'store_busy'>> {
    const untilMs = this.#ports.nowMs() + this.#limits.budgetMs
    do {
      const piece = await this.#piece()
      if (piece === 'busy') return fail('store_busy')
      if (piece === 'waits') return ok({ run: this.#run, waitsFor: 'drain' })
      // Whoever else drives it knows how far it is.
      if (piece === 'overtaken') break
    } while (this.#run.state === 'running' && this.#ports.nowMs() < untilMs)
    const latest = (await this.#ports.replays.latest()) ?? this.#run
    return ok({ run: latest, waitsFor: null })
  }

  async #piece(): Promise<Piece> {
    switch (this.#run.phase) {
      case 'sweep':
        return this.#clear('earlier', { phase: 'fold' })
      case 'fold': {
        const folded = await this.#fold()
        if (folded !== 'nothing') return folded
        const peopleTotal = await this.#ports.replays.countChosen(this.#run)
        return this.#move({ phase: 'settle', counts: { ...this.#run.counts, peopleTotal } })
      }
      case 'settle':
        return this.#afterNewFiles(() => this.#settle())
      case 'recent':
        return this.#afterNewFiles(() => this.#recent())
      case 'survey':
        return this.#afterNewFiles(() => this.#survey())
      case 'tidy':
        return this.#clear('own', { state: 'done' })
    }
  }

  async #move(over: Partial<ReplayMove>): Promise<Piece> {
    const moved = await this.#ports.replays.move(
      this.#run,
      { ...this.#run, ...over },
      [],
      this.#ports.nowMs(),
    )
    if (moved === null) return 'overtaken'
    this.#run = moved
    return 'done'
  }

  async #clear(whose: 'own' | 'earlier', then: Partial<ReplayMove>): Promise<Piece> {
    const { clear } = this.#limits
    const removed = await this.#ports.replays.clear(this.#run, whose, clear)
    return removed < clear ? this.#move(then) : 'done'
  }

  async #fold(): Promise<Piece | 'nothing'> {
    this.#stream ??= new LogStream(this.#ports, this.#run.cursor.shards)
    const folded = await foldPiece(
      this.#ports.replays,
      this.#run,
      this.#stream,
      this.#rules,
      this.#limits,
      this.#ports.nowMs(),
    )
    if (folded === null) return 'overtaken'
    this.#run = folded.run
    return folded.rows > 0 ? 'done' : 'nothing'
  }

  /** What was filed since comes first: the log is compared with the store whole. */
  async #afterNewFiles(work: () => Promise<Piece>): Promise<Piece> {
    const folded = await this.#fold()
    return folded === 'nothing' ? work() : folded
  }

  async #settle(): Promise<Piece> {
    const { page: after } = this.#run.cursor
    const people = await this.#ports.replays.page(this.#run, after, this.#limits.page, false)
    if (people.length === 0) return this.#turn('recent')
    return this.#examine(people.map(({ profile }) => profile))
  }

  /**
   * In the order of ids, as they come: whoever is in no file yet when it passes
   * them is in the outbox, and whoever is not there any more was folded before.
   */
  async #recent(): Promise<Piece> {
    const { replays } = this.#ports
    const { page: after } = this.#run.cursor
    const tail = await readTail(this.#ports, this.#run)
    if (typeof tail === 'string') return this.#stopped(tail)
    const named = tail.filter((row) => isAsked(row, this.#run)).flatMap(namedBy)
    const known = await replays.known(this.#run, named)
    const unfiled = named.filter((id) => !known.has(id) && id > (after ?? ''))
    const filed = await replays.page(this.#run, after, this.#limits.page, true)
    const profiles = new Map(filed.map(({ profile }) => [profile.id, profile]))
    const ids = [...new Set([...unfiled, ...profiles.keys()])].sort().slice(0, this.#limits.page)
    // Who has no record cannot have one in a span.
    const isWhole = this.#run.fromMs === null && this.#run.toMs === null
    if (ids.length === 0) return this.#turn(isWhole ? 'survey' : 'tidy')
    return this.#examine(ids.map((id) => profiles.get(id) ?? { id, identifiers: [] }))
  }

  #turn(phase: ReplayMove['phase']): Promise<Piece> {
    return this.#move({ phase, cursor: { ...this.#run.cursor, page: null } })
  }

  async #examine(people: readonly Pick<Profile, 'id' | 'identifiers'>[]): Promise<Piece> {
    const ids = people.map(({ id }) => id)
    const identifiers = people.flatMap((profile) => profile.identifiers)
    const settled = await settle(this.#ports, this.#run, this.#rules, ids, identifiers)
    if (settled.done === 0) return this.#stopped(settled.stopped)
    const { counts, cursor } = this.#run
    const { findings, written, done } = settled
    return this.#move({
      cursor: { ...cursor, page: ids[done - 1] ?? null },
      counts: {
        ...counts,
        peopleDone: counts.peopleDone + done,
        peopleTotal: Math.max(counts.peopleTotal, counts.peopleDone + done),
        different: counts.different + findings.length,
        sections: added(
          counts.sections,
          findings.flatMap(({ sections }) => sections),
        ),
        firstDifferent: [...counts.firstDifferent, ...findings].slice(0, FIRST),
        written: counts.written + written,
      },
    })
  }

  #stopped(why: 'filed' | 'crowded' | 'busy' | null): Piece {
    // New files: the next piece folds them.
    if (why === 'filed') return 'done'
    return why === 'crowded' ? 'waits' : 'busy'
  }

  async #survey(): Promise<Piece> {
    const { replays, scan } = this.#ports
    const { page: after } = this.#run.cursor
    const { profiles, next } = await scan.scan(after, this.#limits.people)
    const ids = profiles.map(({ profile }) => profile.id)
    const known = await replays.known(this.#run, ids)
    let unlogged = ids.filter((id) => !known.has(id))
    if (unlogged.length > 0) {
      const tail = await readTail(this.#ports, this.#run)
      if (typeof tail === 'string') return this.#stopped(tail)
      const recent = new Set(tail.flatMap(namedBy))
      unlogged = unlogged.filter((id) => !recent.has(id))
    }
    const { counts, cursor } = this.#run
    return this.#move({
      phase: next === null ? 'tidy' : 'survey',
      cursor: { ...cursor, page: next },
      counts: {
        ...counts,
        unlogged: counts.unlogged + unlogged.length,
        firstUnlogged: [...counts.firstUnlogged, ...unlogged].slice(0, FIRST),
      },
    })
  }
}

/** So many are told by name. */
const FIRST = 10

function added(
  counts: Readonly<Record<string, number>>,
  names: readonly string[],
): Record<string, number> {
  const sum = { ...counts }
  for (const name of names) sum[name] = (sum[name] ?? 0) + 1
  return sum
}

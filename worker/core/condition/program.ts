/**
 * All conditions of a release as one jump table. A step is three numbers: which
 * leaf to ask, where to go if it holds, where if not. Equal leaves are one, and
 * a request asks each at most once, however many segments share it.
 */
import type { Condition } from '../../contract/condition.ts'
import { HELD, NO, TIMED, UNKNOWN, YES } from './answers.ts'
import type { Facts, LeafMemo } from './facts.ts'
import { compileLeaf } from './leaf/compile.ts'
import type { LeafIndex } from './leaf-index.ts'
import type { CompiledLeaf, Leaf, Names } from './leaf/leaf.ts'
import { isAll, isAny, isNot } from './tree.ts'

const HOLDS = -1
const FAILS = -2

/** Where fewer than one leaf in so many of an index is asked, each is cheaper by itself. */
const WORTHWHILE = 32

/** Made of the steps and leaves when first run. */
interface Sealed {
  readonly table: Int32Array
  /** TIMED for each leaf that time can change. */
  readonly timed: Uint8Array
  /** Number of a leaf's index; -1 where it has none. */
  readonly indexOf: Int32Array
  /** Of a leaf that asks for a segment, the segment's index; -1 of others. */
  readonly segmentOf: Int32Array
  readonly indices: readonly LeafIndex[]
}

export class Program {
  readonly #names: Names
  readonly #indexed: boolean
  readonly #leaves: CompiledLeaf[] = []
  readonly #leafOf = new Map<string, number>()
  readonly #steps: number[] = []
  #sealed: Sealed | null = null

  /** @param indexed whether leaves that look at one value are answered together */
  constructor(names: Names, indexed: boolean) {
    this.#names = names
    this.#indexed = indexed
  }

  /** Where to start for a condition. */
  add(condition: Condition): number {
    this.#sealed = null
    return this.#add(condition, HOLDS, FAILS)
  }

  /** Writes a condition from its end to its beginning: each part must know where the next one stands. */
  #add(condition: Condition, yes: number, no: number): number {
    if (isAll(condition)) {
      return condition.all.reduceRight((next, part) => this.#add(part, next, no), yes)
    }
    if (isAny(condition)) {
      return condition.any.reduceRight((next, part) => this.#add(part, yes, next), no)
    }
    if (isNot(condition)) return this.#add(condition.not, no, yes)
    return this.#steps.push(this.leafIndex(condition), yes, no) - 3
  }

  /** Equal leaves have one index. */
  leafIndex(condition: Leaf): number {
    const key = JSON.stringify(condition)
    let leaf = this.#leafOf.get(key)
    if (leaf === undefined) {
      leaf = this.#leaves.push(compileLeaf(condition, this.#names)) - 1
      this.#leafOf.set(key, leaf)
    }
    return leaf
  }

  leaf(index: number): CompiledLeaf {
    return this.#leaves[index] as CompiledLeaf
  }

  /** A leaf's answer, asked once. */
  leafHolds(index: number, facts: Facts): boolean {
    const memo = this.#memoIn(facts)
    const known = memo.answers[index] as number
    return (known === UNKNOWN ? this.#ask(index, facts, memo) : known) === YES
  }

  /** When time alone could next change it, asked once. */
  leafNextChangeMs(index: number, facts: Facts): number {
    const { nextChangeMs } = this.leaf(index)
    if (nextChangeMs === null) return Infinity
    const memo = this.#memoIn(facts)
    memo.nextChanges ??= new Float64Array(this.#leaves.length).fill(NaN)
    const known = memo.nextChanges[index] as number
    if (!Number.isNaN(known)) return known
    const nextMs = nextChangeMs(facts)
    memo.nextChanges[index] = nextMs
    return nextMs
  }

  /** The answer of a condition: HELD or not, TIMED or not. */
  walk(start: number, facts: Facts): number {
    const { table, timed } = this.#sealed ?? this.#seal()
    const memo = this.#memoIn(facts)
    const { answers } = memo
    let at = start
    let met = 0
    while (at >= 0) {
      const leaf = table[at] as number
      met |= timed[leaf] as number
      const known = answers[leaf] as number
      at = table[at + (known === UNKNOWN ? this.#ask(leaf, facts, memo) : known)] as number
    }
    return at === HOLDS ? met | HELD : met
  }

  #seal(): Sealed {
    const bySubject = new Map<string, number>()
    const indices: LeafIndex[] = []
    const indexOf = this.#leaves.map(({ indexed }, leaf) => {
      if (!this.#indexed || indexed == null) return -1
      const known = bySubject.get(indexed.subject) ?? indices.push(indexed.make()) - 1
      bySubject.set(indexed.subject, known)
      indexed.enter(indices[known] as LeafIndex, leaf)
      return known
    })
    this.#sealed = {
      table: Int32Array.from(this.#steps),
      timed: Uint8Array.from(this.#leaves, ({ nextChangeMs }) =>
        nextChangeMs === null ? 0 : TIMED,
      ),
      indexOf: Int32Array.from(indexOf),
      segmentOf: Int32Array.from(this.#leaves, ({ segment }) => segment ?? -1),
      indices,
    }
    return this.#sealed
  }

  #memoIn({ memo }: Facts): LeafMemo {
    if (memo.of !== this || memo.answers.length < this.#leaves.length) {
      memo.of = this
      memo.answers = new Uint8Array(this.#leaves.length)
      memo.asked = new Uint16Array((this.#sealed ?? this.#seal()).indices.length)
      memo.nextChanges = null
    }
    return memo
  }

  #ask(leaf: number, facts: Facts, { answers, asked }: LeafMemo): number {
    const { segmentOf, indexOf, indices } = this.#sealed ?? this.#seal()
    const segment = segmentOf[leaf] as number
    if (segment >= 0) {
      const answer = facts.segment(segment) ? YES : NO
      answers[leaf] = answer
      return answer
    }
    const at = indexOf[leaf] as number
    const index = indices[at]
    if (index !== undefined) {
      const before = asked[at] as number
      asked[at] = before + 1
      if (before === Math.floor(index.size / WORTHWHILE)) {
        index.answer(facts, answers)
        const known = answers[leaf] as number
        if (known !== UNKNOWN) return known
      }
    }
    const answer = this.leaf(leaf).holds(facts) ? YES : NO
    answers[leaf] = answer
    return answer
  }
}

/**
 * All conditions of a release as one jump table. A step is three numbers: which
 * leaf to ask, where to go if it holds, where if not. Equal leaves are one, and
 * a request asks each at most once, however many segments share it.
 */
import type { Condition } from '../../contract/condition.ts'
import type { Facts } from './facts.ts'
import { compileLeaf } from './leaf/compile.ts'
import type { CompiledLeaf, Leaf, Names } from './leaf/leaf.ts'
import { isAll, isAny, isNot } from './tree.ts'

const HOLDS = -1
const FAILS = -2

const UNKNOWN = 0
/** Also how far behind a step's leaf its two ways stand. */
const YES = 1
const NO = 2

export class Program {
  readonly #names: Names
  readonly #leaves: CompiledLeaf[] = []
  readonly #leafOf = new Map<string, number>()
  readonly #steps: number[] = []
  /** Made of #steps when first run. */
  #table: Int32Array | null = null

  constructor(names: Names) {
    this.#names = names
  }

  /** Where to start for a condition. */
  add(condition: Condition): number {
    this.#table = null
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
    const answers = this.#answersIn(facts)
    if (answers[index] === UNKNOWN) answers[index] = this.leaf(index).holds(facts) ? YES : NO
    return answers[index] === YES
  }

  /** When time alone could next change it, asked once. */
  leafNextChangeMs(index: number, facts: Facts): number {
    const { nextChangeMs } = this.leaf(index)
    if (nextChangeMs === null) return Infinity
    this.#answersIn(facts)
    const known = facts.memo.nextChanges.get(index)
    if (known !== undefined) return known
    const nextMs = nextChangeMs(facts)
    facts.memo.nextChanges.set(index, nextMs)
    return nextMs
  }

  #answersIn({ memo }: Facts): Uint8Array {
    if (memo.of !== this || memo.answers.length < this.#leaves.length) {
      memo.of = this
      memo.answers = new Uint8Array(this.#leaves.length)
      memo.nextChanges = new Map()
    }
    return memo.answers
  }

  /**
   * Whether time has any say in the answer: it follows from the leaves on its
   * way alone, and most ways meet none that time can change.
   */
  isTimed(start: number, facts: Facts): boolean {
    const table = (this.#table ??= Int32Array.from(this.#steps))
    const answers = this.#answersIn(facts)
    let at = start
    while (at >= 0) {
      const leaf = table[at] as number
      const { nextChangeMs, holds } = this.#leaves[leaf] as CompiledLeaf
      if (nextChangeMs !== null) return true
      let answer = answers[leaf] as number
      if (answer === UNKNOWN) {
        answer = holds(facts) ? YES : NO
        answers[leaf] = answer
      }
      at = table[at + answer] as number
    }
    return false
  }

  holds(start: number, facts: Facts): boolean {
    const table = (this.#table ??= Int32Array.from(this.#steps))
    const answers = this.#answersIn(facts)
    let at = start
    while (at >= 0) {
      const leaf = table[at] as number
      let answer = answers[leaf] as number
      if (answer === UNKNOWN) {
        answer = (this.#leaves[leaf] as CompiledLeaf).holds(facts) ? YES : NO
        answers[leaf] = answer
      }
      at = table[at + answer] as number
    }
    return at === HOLDS
  }
}

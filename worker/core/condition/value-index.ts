/**
 * Leaves that put one plain operator to the same value, answered at one go:
 * the value is read once, and what it is looked up by names those it fits.
 */
import type { InZone, Operators, Scalar } from '../../contract/condition.ts'
import { nfkc } from '../nfkc.ts'
import { NO, YES } from './answers.ts'
import type { Facts } from './facts.ts'
import type { Indexed, LeafIndex } from './leaf-index.ts'
import type { Value } from './scope.ts'

const LOOKED_UP = ['eq', 'ne', 'in', 'nin'] as const
const COMPARED = ['gt', 'gte', 'lt', 'lte'] as const
type LookedUp = (typeof LOOKED_UP)[number]
type Compared = (typeof COMPARED)[number]

/** What a leaf asks of its subject. */
interface Asked {
  readonly operator: LookedUp | Compared | 'contains'
  readonly wanted: readonly Scalar[]
}

const normal = (value: Value): Value => (typeof value === 'string' ? nfkc(value) : value)

/**
 * null for a leaf with several operators, or one that compares with another value.
 * @param subject equal for leaves with equal `read`
 */
export function indexedValue(
  subject: string,
  operators: Operators & InZone,
  read: (facts: Facts) => Value,
): Indexed<ValueIndex> | null {
  const [name, ...others] = Object.keys(operators)
  const operator = [...LOOKED_UP, ...COMPARED, 'contains' as const].find((one) => one === name)
  if (operator === undefined || others.length > 0) return null
  const asked: unknown = operators[operator]
  const wanted: readonly unknown[] = Array.isArray(asked) ? asked : [asked]
  if (wanted.some((value) => typeof value === 'object')) return null
  return {
    subject: `value ${subject}`,
    make: () => new ValueIndex(read),
    enter: (index, leaf) => index.add(leaf, { operator, wanted: wanted as readonly Scalar[] }),
  }
}

/** Leaves to be told `answer` of, by what is looked up. */
type Lookup = Map<Value, number[]>

function enter(lookup: Lookup, wanted: readonly Scalar[], leaf: number): void {
  for (const value of new Set(wanted.map(normal))) {
    const leaves = lookup.get(value)
    if (leaves === undefined) lookup.set(value, [leaf])
    else leaves.push(leaf)
  }
}

class ValueIndex implements LeafIndex {
  readonly #read: (facts: Facts) => Value
  readonly #equal: Lookup = new Map()
  readonly #unequal: Lookup = new Map()
  readonly #contained: Lookup = new Map()
  /** Every leaf, and what it is answered where no lookup says otherwise. */
  readonly #leaves: number[] = []
  readonly #usual: number[] = []
  readonly #limits: Readonly<Record<Compared, { leaf: number; limit: number }[]>> = {
    gt: [],
    gte: [],
    lt: [],
    lte: [],
  }

  constructor(read: (facts: Facts) => Value) {
    this.#read = read
  }

  add(leaf: number, { operator, wanted }: Asked): void {
    this.#leaves.push(leaf)
    this.#usual.push(operator === 'ne' || operator === 'nin' ? YES : NO)
    if (operator === 'eq' || operator === 'in') enter(this.#equal, wanted, leaf)
    else if (operator === 'ne' || operator === 'nin') enter(this.#unequal, wanted, leaf)
    else if (operator === 'contains') enter(this.#contained, wanted, leaf)
    else this.#limits[operator].push({ leaf, limit: wanted[0] as number })
  }

  get size(): number {
    return this.#leaves.length
  }

  answer(facts: Facts, answers: Uint8Array): void {
    const value = normal(this.#read(facts))
    const leaves = this.#leaves
    const usual = this.#usual
    for (let i = 0; i < leaves.length; i++) answers[leaves[i] as number] = usual[i] as number
    told(this.#equal.get(value), YES, answers)
    told(this.#unequal.get(value), NO, answers)
    if (typeof value === 'number') this.#compare(value, answers)
    else if (Array.isArray(value)) {
      for (const element of value) told(this.#contained.get(normal(element)), YES, answers)
    } else if (typeof value === 'string') {
      for (const [part, those] of this.#contained) {
        if (typeof part === 'string' && value.includes(part)) told(those, YES, answers)
      }
    }
  }

  #compare(value: number, answers: Uint8Array): void {
    const { gt, gte, lt, lte } = this.#limits
    for (const { leaf, limit } of gt) if (value > limit) answers[leaf] = YES
    for (const { leaf, limit } of gte) if (value >= limit) answers[leaf] = YES
    for (const { leaf, limit } of lt) if (value < limit) answers[leaf] = YES
    for (const { leaf, limit } of lte) if (value <= limit) answers[leaf] = YES
  }
}

function told(leaves: readonly number[] | undefined, answer: number, answers: Uint8Array): void {
  if (leaves !== undefined) for (const leaf of leaves) answers[leaf] = answer
}

/**
 * One request as its gates ask it: a person, a moment, what the request's
 * earlier placements took. What a gate asks for is worked out when it is first
 * asked, and once.
 */
import type { CompiledCondition } from '../condition/compile.ts'
import type { Facts } from '../condition/facts.ts'
import { recordedArm } from '../profile/arms.ts'
import { effectiveConsent } from '../profile/consents.ts'
import { Counts } from '../profile/exposures.ts'
import type { Model } from '../learning/model.ts'
import type { Calendar } from '../calendar/calendar.ts'
import type { Zone } from '../calendar/zone.ts'
import { countOf, sessionFromMs, type CapMoment } from './caps.ts'
import type { Preview } from './preview.ts'
import type { Adds, CompiledAction, CompiledCap, House, QuietHours, TagLimit } from './plan.ts'
import { quietUntilMs } from './quiet-hours.ts'
import type { StockRoom } from './stock.ts'
import type { Answer, Tape } from './tape.ts'

export interface Asked {
  readonly facts: Facts
  readonly house: House
  /** Primary language subtag of the request: "ja". */
  readonly language: string
  /** The kill switch. */
  readonly stopped: boolean
  /** A program that looks at pages for others. */
  readonly bot: boolean
  /** At most so many placements get something; null is no limit. */
  readonly atMost: number | null
  readonly preview: Preview | null
  /** What was learned; null before there is anything. */
  readonly models: Model | null
  /** False for somebody without any identifier: what must be reserved is not for them. */
  readonly identified: boolean
  /** null where nothing asked for has a stock. */
  readonly stock?: StockRoom | null
  /** Keeps or plays back what is read of the person and the request; null for neither. */
  readonly tape: Tape | null
  /** The inner id of a decision by placement and position; null where nothing can have been reserved. */
  readonly decisionId: ((placement: string, position: number) => string) | null
}

export class Question implements CapMoment {
  readonly asked: Asked
  readonly facts: Facts
  readonly nowMs: number
  /** Actions that an earlier placement of the request shows. */
  readonly taken = new Set<string>()
  /** How many of its placements have something. */
  filled = 0
  readonly #tags = new Map<string, number>()
  /** Counter → what this request's choices will add. */
  readonly #pending = new Map<string, number>()
  #counts: Counts | undefined
  #refused: boolean | undefined
  #sessionFromMs: number | undefined

  constructor(asked: Asked) {
    this.asked = asked
    this.facts = asked.facts
    this.nowMs = asked.facts.nowMs
  }

  get calendar(): Calendar {
    return this.asked.house.calendar
  }

  /** The visitor's own where anybody knows it, else the workspace's. */
  get visitorZone(): Zone {
    return this.facts.visitorZone() ?? this.calendar.zone
  }

  /** What is read of the person and the request goes through here, so that it can be logged and played back. */
  ask<T extends Answer>(answer: () => T): T {
    const { tape } = this.asked
    return tape === null ? answer() : tape.ask(answer)
  }

  holds(condition: CompiledCondition): boolean {
    return this.asked.tape === null
      ? condition.holds(this.facts)
      : this.ask(() => condition.holds(this.facts))
  }

  /** When quiet hours that hold now end; null when they do not. */
  quietUntilMs(hours: QuietHours): number | null {
    return this.ask(() => quietUntilMs(hours, this.visitorZone, this.nowMs))
  }

  /** The arm that was recorded for an experiment, by its id; null for none. */
  armMet(id: string): string | null {
    return this.ask(() => recordedArm(this.facts.profile.arms, id)?.arm ?? null)
  }

  get sessionFromMs(): number {
    return (this.#sessionFromMs ??= sessionFromMs(
      this.facts.profile,
      this.nowMs,
      this.asked.house.remembered,
    ))
  }

  get counts(): Counts {
    return (this.#counts ??= new Counts(this.facts.profile.exposures))
  }

  get isStaff(): boolean {
    const { staffSegment } = this.asked.house
    return staffSegment !== null && this.ask(() => this.facts.segment(staffSegment))
  }

  /** The person does not want to be known to what is shown. */
  get refused(): boolean {
    return (this.#refused ??= this.ask(
      () => effectiveConsent(this.facts.profile.consents, 'personalization') === false,
    ))
  }

  /** There are no more of it. */
  isOut({ stock }: CompiledAction): boolean {
    return stock !== null && this.ask(() => this.asked.stock?.isOut(stock) ?? false)
  }

  agreedTo(purpose: string): boolean {
    return this.ask(() => effectiveConsent(this.facts.profile.consents, purpose) === true)
  }

  /** The first cap that is reached, this request's own choices counted. */
  reached(caps: readonly CompiledCap[]): CompiledCap | null {
    const at =
      this.asked.tape === null ? this.#firstReached(caps) : this.ask(() => this.#firstReached(caps))
    return caps[at] ?? null
  }

  #firstReached(caps: readonly CompiledCap[]): number {
    for (let i = 0; i < caps.length; i++) {
      const cap = caps[i] as CompiledCap
      const pending = this.#pending.get(cap.counter) ?? 0
      if (countOf(cap, this.counts, this) + pending >= cap.max) return i
    }
    return -1
  }

  /** Whether one more action of these tags would be one too many for the request. */
  tooManyOf(tags: readonly string[]): boolean {
    return exceeds(this.asked.house.diversity, tags, this.#tags)
  }

  /** An action of a placement is shown. */
  take(action: CompiledAction): void {
    this.#show(action)
    if (action.stock !== null) this.asked.stock?.take(action.stock)
    this.expect(action.adds)
  }

  /** What was reserved before: its stock, and what counts it as served, have it already. */
  giveAgain(action: CompiledAction): void {
    this.#show(action)
    const seen = action.caps.filter((cap) => cap.of === 'impression')
    for (const id of new Set(seen.map(({ counter }) => counter))) this.#await(id)
  }

  #show(action: CompiledAction): void {
    this.taken.add(action.key)
    if (this.asked.house.diversity.length > 0) countTags(action.tags, this.#tags)
  }

  /** Something that is counted is going to happen. */
  expect({ counters }: Adds): void {
    for (const id of counters) this.#await(id)
  }

  #await(counter: string): void {
    this.#pending.set(counter, (this.#pending.get(counter) ?? 0) + 1)
  }
}

/** Whether one more of these tags breaks a limit. */
export function exceeds(
  limits: readonly TagLimit[],
  tags: readonly string[],
  counts: ReadonlyMap<string, number>,
): boolean {
  if (limits.length === 0) return false
  return limits.some(({ tag, max }) =>
    tags.some((own) => (tag === null || tag === own) && (counts.get(own) ?? 0) >= max),
  )
}

export function countTags(tags: readonly string[], counts: Map<string, number>): void {
  for (const tag of tags) counts.set(tag, (counts.get(tag) ?? 0) + 1)
}

/**
 * The answers that a decision read, in the order in which it asked: with the
 * release and a few numbers, enough to decide again what was decided, without
 * the person it was about.
 */
export type Answer = boolean | number | string | null

export interface Tape {
  /** @param answer asked where the tape does not know it already */
  ask<T extends Answer>(answer: () => T): T
}

export interface Recorder extends Tape {
  readonly answers: readonly Answer[]
}

export function recorder(): Recorder {
  const answers: Answer[] = []
  return {
    answers,
    ask(answer) {
      const given = answer()
      answers.push(given)
      return given
    },
  }
}

/** Plays what was recorded. Throws where more is asked than was then: another release, or a bug. */
export function player(answers: readonly Answer[]): Tape {
  let at = 0
  return {
    // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- what Tape asks of it
    ask<T extends Answer>(): T {
      if (at >= answers.length) throw new RangeError('the decision asks for more than was recorded')
      return answers[at++] as T
    },
  }
}

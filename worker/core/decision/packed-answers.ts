/** The answers of a tape in as little as a log line has room for: a letter each, and what is no letter beside it. */
import type { Answer } from './tape.ts'

export interface PackedAnswers {
  /** t, f: true, false. n: null. x: none of a list (-1). v: the next of `values`. */
  readonly order: string
  readonly values: readonly (string | number)[]
}

export function packAnswers(answers: readonly Answer[]): PackedAnswers {
  let order = ''
  const values: (string | number)[] = []
  for (const answer of answers) {
    if (typeof answer === 'boolean') order += answer ? 't' : 'f'
    else if (answer === null) order += 'n'
    else if (answer === -1) order += 'x'
    else {
      order += 'v'
      values.push(answer)
    }
  }
  return { order, values }
}

const LETTERS: Readonly<Record<string, Answer>> = { t: true, f: false, n: null, x: -1 }

export function unpackAnswers({ order, values }: PackedAnswers): Answer[] {
  let at = 0
  return Array.from(order, (letter) =>
    letter === 'v' ? (values[at++] as Answer) : (LETTERS[letter] as Answer),
  )
}

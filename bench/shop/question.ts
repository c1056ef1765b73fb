/** What somebody of the shop is asked about in this process, by rules alone. */
import { factsOf } from '../../worker/core/condition/facts.ts'
import { Question } from '../../worker/core/decision/question.ts'
import type { Tape } from '../../worker/core/decision/tape.ts'
import type { Release } from '../../worker/core/release/release.ts'
import type { Person } from './people.ts'
import { NOW_MS } from './words.ts'

/** @param tape null: nothing that it reads is recorded */
export const questionOf = (
  release: Release,
  { profile, context }: Person,
  tape: Tape | null,
): Question =>
  new Question({
    facts: factsOf(release.segments, profile, context, NOW_MS),
    house: release.house,
    language: 'ja',
    stopped: false,
    bot: false,
    atMost: null,
    preview: null,
    models: null,
    identified: true,
    tape,
    decisionId: null,
  })

/** Counter → the action whose impressions it counts. */
export const countedActions = (release: Release): ReadonlyMap<string, string> =>
  new Map(
    [...release.counterNames].map(([id, name]) => [id, name.slice('impression:action:'.length)]),
  )

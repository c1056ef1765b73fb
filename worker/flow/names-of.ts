/** What people call the things of a configuration, in their language. */
import type { Configuration } from '../contract/config.ts'
import type { WhyAnswer } from '../contract/why.ts'

interface Named {
  readonly key: string
  readonly name?: string | undefined
  readonly names?: { readonly [language: string]: string } | undefined
}
type Names = { readonly [key: string]: string }

/** @param language primary subtag such as "ja"; null, and one that is not there: `name` itself */
export function namesOf(config: Configuration, language: string | null): WhyAnswer['names'] {
  const told = (list: readonly Named[], prefix = ''): [string, string][] =>
    list.flatMap(({ key, name, names }) => {
      const own = (language === null ? undefined : names?.[language]) ?? name
      return own === undefined ? [] : [[prefix + key, own]]
    })
  const named = (list: readonly Named[]): Names => Object.fromEntries(told(list))
  const armsOf = (list: readonly (Named & { readonly arms: readonly Named[] })[]): Names =>
    Object.fromEntries(list.flatMap(({ key, arms }) => told(arms, `${key}/`)))
  const { placements, policies, actions, segments, experiments } = config
  return {
    placements: named(placements),
    policies: named(policies),
    actions: named(actions),
    segments: named(segments),
    experiments: named(experiments),
    arms: armsOf(experiments),
    splitArms: armsOf(policies.map(({ key, split }) => ({ key, arms: split?.arms ?? [] }))),
  }
}

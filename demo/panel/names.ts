/** How the configuration calls its things, in the visitor's language. */
import type { ConfigurationFile } from '../config.ts'
import { CATEGORIES } from '../shop/products.ts'
import { WORDS, type Language } from '../words/language.ts'

export interface Names {
  /** Of whatever has this key, or the key; categories have theirs from the shop. */
  of(key: string): string
  /** @param of key of the experiment, or of the policy that is split */
  arm(of: string, arm: string): string
}

interface Named {
  readonly key: string
  readonly name?: string | undefined
  readonly names?: { readonly [language: string]: string } | undefined
}

export function namesOf(config: ConfigurationFile, language: Language): Names {
  const { segments = [], placements = [], actions = [], policies = [], experiments = [] } = config
  const own = ({ key, name, names }: Named): string => names?.[language] ?? name ?? key
  const all = [...segments, ...placements, ...actions, ...policies, ...experiments]
  const things = new Map(all.map((thing) => [thing.key, own(thing)]))
  for (const category of CATEGORIES) things.set(category, WORDS[language].categories[category])
  const arms = new Map<string, string>(
    [
      ...experiments,
      ...policies.map(({ key, split }) => ({ key, arms: split?.arms ?? [] })),
    ].flatMap((lot) => lot.arms.map((arm) => [`${lot.key}/${arm.key}`, own(arm)] as const)),
  )
  return {
    of: (key) => things.get(key) ?? key,
    arm: (of, arm) => arms.get(`${of}/${arm}`) ?? arm,
  }
}

/** What the lists of a configuration hold, and what is one thing in it. */
import type { Configuration } from './config.ts'

export const SECTIONS = [
  'workspace',
  'identity',
  'warehouse',
] as const satisfies (keyof Configuration)[]

/** Each list of things with keys, by what one of them is called: all the rest, so that nothing goes unseen. */
export const LISTS = {
  sources: 'source',
  aggregates: 'aggregate',
  segments: 'segment',
  goals: 'goal',
  campaigns: 'campaign',
  tags: 'tag',
  placements: 'placement',
  actions: 'action',
  policies: 'policy',
  experiments: 'experiment',
} as const satisfies Record<
  Exclude<keyof Configuration, (typeof SECTIONS)[number] | '$schema'>,
  string
>

/** What tests put beside what the site of site.ts has. */
import { configuration } from './site.ts'

interface More {
  /** Laid over what the site's says. */
  readonly workspace?: object
  readonly tags?: readonly object[]
  readonly placements: readonly object[]
  readonly actions: readonly object[]
  readonly policies: readonly object[]
}

/** The site with more in its lists. */
export async function siteWith({ workspace, placements, actions, policies, ...rest }: More) {
  const base = await configuration()
  const both = (list: string, more: readonly object[]) => [...(base[list] as object[]), ...more]
  return {
    ...base,
    ...rest,
    workspace: { ...(base['workspace'] as object), ...workspace },
    placements: both('placements', placements),
    actions: both('actions', actions),
    policies: both('policies', policies),
  }
}

export const placement = (key: string, more: object = {}) => ({
  key,
  name: key,
  fields: { headline: 'text' },
  ...more,
})

/** Its headline tells which it is. */
export const action = (key: string, more: object = {}) => ({
  key,
  name: key,
  content: { headline: key },
  ...more,
})

/** The first is the best. */
export const policy = (key: string, at: string, actions: readonly string[], more: object = {}) => ({
  key,
  name: key,
  placement: at,
  candidates: actions.map((one, i) => ({ action: one, priority: actions.length - i })),
  ...more,
})

/** Nobody is served it twice: a decision about it reserves first. */
export const ONCE_EACH = { caps: [{ of: 'served', max: 1, per: 'lifetime' }] }

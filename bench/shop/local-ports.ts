/** The decide flow's ports over a store in memory, which hands out fresh documents as a real one does. */
import { randomUUID } from 'node:crypto'
import type { DecidePorts } from '../../worker/flow/decide.ts'
import type { DecisionSeal, Ids } from '../../worker/flow/ports.ts'
import { profileText, storedProfile } from '../../worker/core/profile/stored.ts'
import type { Release } from '../../worker/core/release/release.ts'
import type { Person } from './people.ts'

export const LOCAL_IDS: Ids = {
  messageId: () => randomUUID(),
  profileId: () => randomUUID(),
  commitId: () => randomUUID(),
}

/** The stored document of an anonymous_id; undefined for strangers. */
export type Documents = ReadonlyMap<string, string>

export const documentsOf = (people: readonly Person[]): Documents =>
  new Map(people.map(({ anonymousId, profile }) => [anonymousId, profileText(profile)]))

export function localPorts(
  release: Release,
  documents: Documents,
  seal: DecisionSeal,
): DecidePorts {
  const unused = (): never => {
    throw new Error('a decision without events does not come here')
  }
  return {
    store: {
      load: async ([identifier]) => {
        const doc = documents.get(identifier?.value ?? '')
        return doc === undefined
          ? []
          : [{ profile: storedProfile(JSON.parse(doc)), version: 1, mergedInto: null }]
      },
      commit: unused,
    },
    byId: { byIds: unused },
    releases: { current: async () => release },
    seal,
    tokens: { verify: unused },
    ids: LOCAL_IDS,
    timer: {
      pause: (ms) =>
        new Promise((resolve) => {
          setTimeout(resolve, ms).unref()
        }),
      within: async (_ms, work) => ({ outcome: await work }),
      nowMs: () => 0,
      jitter: () => 0,
    },
    background: unused,
  }
}

/**
 * Decisions that spend something: where a cap counts what is served, it is
 * written down before it is told. The choice rides along with the commit of
 * the events it came with, and is made anew whenever somebody else was first.
 */
import type { Delivery } from '../core/ingest/delivery.ts'
import { identifierKey, type Identifier } from '../core/identity/identifier.ts'
import { servedId } from '../core/profile/reserved.ts'
import type { Profile } from '../core/profile/profile.ts'
import { decidePlacements, type Decided, type PlacementsQuestion } from './answer-placements.ts'
import { ownerAmong } from './asked-person.ts'
import { claimProperties, claimsOf } from './claim.ts'
import { decisionRecords } from './decision-record.ts'
import type { People, Rider } from './commit-chunk.ts'
import type { DecisionClaim } from './ports.ts'
import { stockTakes, takesOf, type StockLevels, type Takes } from './stock-takes.ts'

export interface Reserving {
  readonly rider: Rider
  /** After the commit: what was decided last, or null where it could not be reserved after all. */
  outcome(): readonly Decided[] | null
}

export interface ReserveFor {
  /** Strongest first. */
  readonly identifiers: readonly Identifier[]
  /** Key of the source that asks. */
  readonly source: string
  readonly receivedAtMs: number
  readonly stranger: Profile
  /** The question about whoever it turns out to be. */
  readonly asking: (profile: Profile) => PlacementsQuestion
  /** Of the asked placements; null where they have none. */
  readonly levels: StockLevels | null
  readonly fate: LinesFate
}

/** Which lines of the log a question gets: those of its commit, or those of a fallback that was quicker. */
export interface LinesFate {
  /** The fallback has been shown. */
  degraded: boolean
  /** A commit that may have been done has lines under the question's ids. */
  committed: boolean
}

export function reserving(what: ReserveFor): Reserving {
  const { identifiers, stranger, asking, fate } = what
  let decided: readonly Decided[] = []
  let about: PlacementsQuestion | undefined
  let reserved = true
  let takes: Takes = new Map()

  return {
    rider: {
      identifiers,
      deliveries(people: People) {
        const owner = ownerAmong([...people.values()], identifiers)
        const question = asking(owner ?? stranger)
        about = question
        decided = decidePlacements(question)
        const identifier = nameOf(owner, identifiers)
        if (identifier === undefined) return []
        const spent = decided.map((one) => ({ one, claims: claimsToReserve(question, one) }))
        takes = new Map(
          spent.flatMap(({ one, claims }) =>
            claims.length === 0 ? [] : takesOf(one.decision, claims.map(servedIdOf)),
          ),
        )
        return spent.flatMap(({ claims }) =>
          claims.map((claim) => servedDelivery(claim, identifier, what)),
        )
      },
      stock: ({ records }) => stockTakes(takes, records),
      taken: (taken) => what.levels?.learn(taken),
      records(added, { records, people }) {
        // A repeat whose answer was forgotten, or one too late to be told from a repeat.
        const fresh = new Set(records.filter(({ late }) => !late).map(({ messageId }) => messageId))
        reserved = added.every(({ message }) => fresh.has(message.messageId))
        // What needs no commit by itself makes none; what was not reserved was not decided.
        fate.committed = false
        if (!reserved || records.length === 0 || about === undefined || fate.degraded) return []
        fate.committed = true
        const owner = ownerAmong([...people.values()], identifiers)
        return decisionRecords(about, what.source, decided, owner?.id ?? null)
      },
    },
    outcome: () => (reserved ? decided : null),
  }
}

/** Counted for whoever owns it; somebody new is known by their device first, as when their events come. */
function nameOf(owner: Profile | null, identifiers: readonly Identifier[]): Identifier | undefined {
  if (owner === null) {
    return identifiers.find(({ type }) => type === 'anonymous_id') ?? identifiers[0]
  }
  const theirs = new Set(owner.identifiers.map(identifierKey))
  return identifiers.find((identifier) => theirs.has(identifierKey(identifier)))
}

/** What this decision has to write down before it is told. */
export function claimsToReserve(
  asking: PlacementsQuestion,
  { decision }: Decided,
): DecisionClaim[] {
  const { placement, policy, choices, kind, kept } = decision
  if (policy === null || kept !== null || kind === 'fallback') return []
  const spends =
    placement.adds.served || policy.adds.served || choices.some(({ action }) => action.adds.served)
  if (!spends) return []
  const claim = claimsOf(asking, decision)
  return choices.map(({ action, propensity }, i) => claim(i, action.key, propensity))
}

export const servedIdOf = ({ id }: DecisionClaim): string => servedId(id)

/** The record that spends it. */
export function servedDelivery(
  claim: DecisionClaim,
  identifier: Identifier,
  { source, receivedAtMs }: Pick<ReserveFor, 'source' | 'receivedAtMs'>,
): Delivery {
  const { type, value } = identifier
  return {
    message: {
      type: 'track',
      event: '$served',
      messageId: servedId(claim.id),
      ...(type === 'anonymous_id' ? { anonymousId: value } : {}),
      ...(type === 'user_id' ? { userId: value } : {}),
      properties: claimProperties(claim),
    },
    identifiers: { usable: [identifier], claims: [], joinsKnown: false, either: null },
    times: { timestampMs: claim.atMs, originalTimestampMs: null, sentAtMs: null },
    receivedAtMs,
    source,
  }
}

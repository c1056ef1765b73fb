/** The reservations of several people in one commit. */
import type { Profile } from '../core/profile/profile.ts'
import type { EventRecord } from '../core/record.ts'
import type { Delivery } from '../core/ingest/delivery.ts'
import { identifierKey } from '../core/identity/identifier.ts'
import { decidePlacements, type Decided, type PlacementsQuestion } from './answer-placements.ts'
import { ownerAmong } from './asked-person.ts'
import type { Rider } from './commit-chunk.ts'
import type { BulkPerson } from './decide-bulk.ts'
import { decisionRecords } from './decision-record.ts'
import { claimsToReserve, servedDelivery, servedIdOf } from './reserve.ts'
import { stockTakes, takesOf, type StockLevels } from './stock-takes.ts'
import type { Stock, StockRoom } from '../core/decision/stock.ts'

interface Made {
  readonly person: BulkPerson
  /** Before the commit, which may make somebody new known. */
  readonly owner: Profile | null
  readonly asking: PlacementsQuestion
  readonly decided: readonly Decided[]
}

/** Somebody about whom deciding threw. */
export interface Broken {
  readonly person: BulkPerson
  readonly error: unknown
}

export interface ReservingMany {
  readonly rider: Rider
  /** After the commit. `again`: they stood in the list a second time. */
  outcome(): {
    readonly made: readonly Made[]
    readonly again: readonly BulkPerson[]
    readonly broken: readonly Broken[]
    /** Lines of the log that no commit took. */
    readonly unlogged: readonly EventRecord[]
  }
}

interface ReserveForMany {
  readonly people: readonly BulkPerson[]
  readonly source: string
  readonly receivedAtMs: number
  readonly asking: (
    person: BulkPerson,
    owner: Profile | null,
    stock: StockRoom | null,
  ) => PlacementsQuestion
  /** Of the asked placements; null where they have none. */
  readonly levels: StockLevels | null
}

/** Spent by a first try whose choice was forgotten, or is no more: the fallback, however often it is asked. */
function spentBefore({ asking }: Made): Pick<Made, 'asking' | 'decided'> {
  const degraded = { ...asking, degraded: true }
  return { asking: degraded, decided: decidePlacements(degraded) }
}

export function reservingMany(what: ReserveForMany): ReservingMany {
  const { people, source, receivedAtMs, asking, levels } = what
  let takes = new Map<string, Stock>()
  let made: (Made & { readonly messageIds: readonly string[] })[] = []
  let again: BulkPerson[] = []
  let broken: Broken[] = []
  let logged = false

  const linesOf = ({ asking: about, decided, owner }: Made): EventRecord[] =>
    decisionRecords(about, source, decided, owner?.id ?? null)

  const deliveriesFor = (
    person: BulkPerson,
    owner: Profile | null,
    room: StockRoom | null,
  ): Delivery[] => {
    const { identifier } = person
    const about = asking(person, owner, room)
    const decided = decidePlacements(about)
    const deliveries = decided.flatMap((one) => {
      const claims = claimsToReserve(about, one)
      if (claims.length > 0) {
        for (const [id, stock] of takesOf(one.decision, claims.map(servedIdOf))) {
          takes.set(id, stock)
        }
      }
      return claims.map((claim) => servedDelivery(claim, identifier, { source, receivedAtMs }))
    })
    const messageIds = deliveries.map(({ message }) => message.messageId)
    made.push({ person, owner, asking: about, decided, messageIds })
    return deliveries
  }

  const rider: Rider = {
    identifiers: people.map(({ identifier }) => identifier),
    deliveries(loaded) {
      const profiles = [...loaded.values()]
      const seen = new Set<string>()
      // What one of them takes the next one does not get.
      const room = levels?.room() ?? null
      takes = new Map()
      made = []
      again = []
      broken = []
      return people.flatMap((person) => {
        const { identifier } = person
        const owner = ownerAmong(profiles, [identifier])
        const who = owner?.id ?? identifierKey(identifier)
        if (seen.has(who)) {
          again.push(person)
          return []
        }
        seen.add(who)
        try {
          return deliveriesFor(person, owner, room)
        } catch (error) {
          broken.push({ person, error })
          return []
        }
      })
    },
    records(_added, { records }) {
      const fresh = new Set(records.filter(({ late }) => !late).map(({ messageId }) => messageId))
      made = made.map((one) =>
        one.messageIds.every((id) => fresh.has(id)) ? one : { ...one, ...spentBefore(one) },
      )
      logged = records.length > 0
      return logged ? made.flatMap((one) => linesOf(one)) : []
    },
    stock: ({ records }) => stockTakes(takes, records),
    taken: (taken) => levels?.learn(taken),
  }
  return {
    rider,
    outcome() {
      return { made, again, broken, unlogged: logged ? [] : made.flatMap((one) => linesOf(one)) }
    },
  }
}

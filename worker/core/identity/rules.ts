/** How a workspace wants people told apart: what blocks, how many, which first. */
import type { Configuration } from '../../contract/config.ts'
import { durationMs } from '../time.ts'
import type { Identifier } from './identifier.ts'

export interface TypeLimit {
  readonly max: number
  /** Only those seen within it count; Infinity is ever. */
  readonly windowMs: number
  /** Whether the least recently seen makes room, or the new one is left out. */
  readonly makesRoom: boolean
}

export interface IdentityRules {
  readonly phoneRegion: string
  /** Normalised values that stand for nobody here, in lower case. */
  readonly blocked: ReadonlySet<string>
  limitOf(type: string): TypeLimit
  /** Lower is stronger. */
  rankOf(type: string): number
}

const MONTH_MS = 30 * 86_400_000

const DEFAULT_LIMIT: TypeLimit = { max: 5, windowMs: Infinity, makesRoom: false }
const DEFAULT_LIMITS: Readonly<Record<string, TypeLimit>> = {
  user_id: { max: 1, windowMs: Infinity, makesRoom: false },
  // Devices come and go: the one least recently seen makes room.
  anonymous_id: { max: 5, windowMs: MONTH_MS, makesRoom: true },
}
const DEFAULT_PRIORITY = ['user_id', 'email', 'phone']

export function identityRules({
  workspace,
  identity,
}: {
  readonly workspace: Pick<Configuration['workspace'], 'name' | 'timeZone' | 'phoneRegion'>
  readonly identity: Configuration['identity']
}): IdentityRules {
  const limits = new Map<string, TypeLimit>(Object.entries(DEFAULT_LIMITS))
  for (const [type, { max, per, whenFull }] of Object.entries(identity.limits)) {
    const standing = limits.get(type) ?? DEFAULT_LIMIT
    limits.set(type, {
      max,
      windowMs: per === undefined ? standing.windowMs : durationMs(per),
      makesRoom: whenFull === undefined ? standing.makesRoom : whenFull === 'make-room',
    })
  }
  const priority = identity.priority ?? DEFAULT_PRIORITY
  const ranks = new Map(priority.map((type, rank) => [type, rank]))
  return {
    phoneRegion: workspace.phoneRegion,
    blocked: new Set(identity.blocked.map((value) => value.normalize('NFKC').trim().toLowerCase())),
    limitOf: (type) => limits.get(type) ?? DEFAULT_LIMIT,
    // A device is the weakest of all: several people may use it.
    rankOf: (type) => (type === 'anonymous_id' ? Infinity : (ranks.get(type) ?? priority.length)),
  }
}

/** Values that stand for nobody anywhere: test data, serialized nothing, all zeros. */
const NOBODY =
  /^(?:null|undefined|none|nil|nan|n\/a|na|true|false|unknown|anonymous|guest|test|-1|\[object object\]|[0-]+)$/i

export const isBlocked = ({ value }: Identifier, { blocked }: IdentityRules): boolean =>
  NOBODY.test(value) || blocked.has(value.toLowerCase())

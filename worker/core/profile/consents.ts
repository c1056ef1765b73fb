/**
 * Consent: the latest choice of each giver; any denial denies. It gates use,
 * never the fold. Grants and denials are kept apart, each the newest of its
 * kind, so that no number of grants can push a denial out.
 */
import { digest } from '../hash.ts'
import type { EventRecord } from '../record.ts'
import { compareWrites, keepNewest, mergeNewest, putNewest } from './newest.ts'
import type { Choice, Consents, WriteKey } from './profile.ts'

/** Global Privacy Control speaks to this purpose: https://www.w3.org/TR/gpc/ */
const SALE_OR_SHARING = 'sale_or_sharing'
const PURPOSE = /^[a-z][a-z_]{0,31}$/

interface Draft {
  readonly granted: Record<string, Choice>
  readonly denied: Record<string, Choice>
}

function put(draft: Draft, record: EventRecord, at: WriteKey): void {
  const giver = digest(record.anonymousId ?? record.userId ?? record.source)
  const choose = (purpose: string, granted: boolean): void =>
    putNewest(granted ? draft.granted : draft.denied, `${purpose}/${giver}`, { at })
  if (record.type === 'track' && record.event === '$consent') {
    for (const [purpose, granted] of Object.entries(record.properties ?? {})) {
      if (typeof granted === 'boolean' && PURPOSE.test(purpose)) choose(purpose, granted)
    }
  }
  if (record.context?.['gpc'] === true) choose(SALE_OR_SHARING, false)
}

const tellsConsent = ({ type, event, context }: EventRecord): boolean =>
  (type === 'track' && event === '$consent') || context?.['gpc'] === true

export function foldConsents(
  consents: Consents,
  records: readonly { readonly record: EventRecord; readonly at: WriteKey }[],
  cap: number,
): Consents {
  const telling = records.filter(({ record }) => tellsConsent(record))
  if (telling.length === 0) return consents
  const draft: Draft = { granted: { ...consents.granted }, denied: { ...consents.denied } }
  for (const { record, at } of telling) put(draft, record, at)
  return settle({ ...draft, denialLost: consents.denialLost }, cap)
}

export const mergeConsents = (a: Consents, b: Consents, cap: number): Consents =>
  settle(
    {
      granted: mergeNewest(a.granted, b.granted),
      denied: mergeNewest(a.denied, b.denied),
      denialLost: a.denialLost || b.denialLost,
    },
    cap,
  )

function settle({ granted, denied, denialLost }: Consents, cap: number): Consents {
  const denials = keepNewest(denied, cap)
  return {
    granted: keepNewest(granted, cap).kept,
    denied: denials.kept,
    denialLost: denialLost || denials.dropped > 0,
  }
}

/** true or false as given, undefined when nobody has chosen. */
export function effectiveConsent(consents: Consents, purpose: string): boolean | undefined {
  const { granted, denied, denialLost } = consents
  const prefix = `${purpose}/`
  let effective: boolean | undefined
  for (const key in granted) if (key.startsWith(prefix)) effective = true
  for (const key in denied) {
    if (!key.startsWith(prefix)) continue
    const grant = granted[key]
    const stands = grant === undefined || compareWrites((denied[key] as Choice).at, grant.at) > 0
    if (stands) return false
  }
  return denialLost ? false : effective
}

/** The purposes anybody has chosen about. */
export const chosenPurposes = ({ granted, denied }: Consents): readonly string[] => [
  ...new Set(
    [...Object.keys(granted), ...Object.keys(denied)].map((key) => key.split('/')[0] as string),
  ),
]

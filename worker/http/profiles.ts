/** `GET /v1/profiles/:type/:value`: one customer, for servers with the secret key. */
import { Hono, type Context } from 'hono'
import { factsOf } from '../core/condition/segments.ts'
import { normalizeIdentifier } from '../core/identity/identifier.ts'
import { effectiveConsent } from '../core/profile/consents.ts'
import type { Profile } from '../core/profile/profile.ts'
import type { Release } from '../core/release/release.ts'
import type { App } from './context.ts'
import { requireSecret } from './keys.ts'
import { HttpProblem } from './problem.ts'
import { activeRelease } from './release.ts'

export const profileRoutes = new Hono<App>()

async function readProfile(c: Context<App>): Promise<{ profile: Profile; release: Release }> {
  const release = await activeRelease(c)
  await requireSecret(c, release)
  c.header('cache-control', 'private, no-store')
  const identifier = normalizeIdentifier(
    c.req.param('type') ?? '',
    c.req.param('value') ?? '',
    release.workspace.phoneRegion,
  )
  const [loaded] = identifier === null ? [] : await c.get('deps').store.load([identifier])
  if (loaded === undefined) throw new HttpProblem('not_found', { detail: 'nobody has this identifier' })
  return { profile: loaded.profile, release }
}

const iso = (ms: number): string => new Date(ms).toISOString()

const traitsOf = ({ traits }: Profile) =>
  Object.fromEntries(
    Object.entries(traits)
      .filter(([, { value }]) => value !== null)
      .map(([name, { value, at, source }]) => [name, { value, at: iso(at[0]), source }]),
  )

const eventsOf = ({ recent }: Profile) =>
  recent
    .map(([timestampMs, , event, properties]) => ({
      event,
      timestamp: iso(timestampMs),
      properties: properties === 0 ? {} : properties,
    }))
    .reverse()

function segmentsOf(profile: Profile, release: Release, nowMs: number) {
  const facts = factsOf(release.segments, profile, {}, nowMs)
  return Object.fromEntries(release.segments.map(({ key }, i) => [key, facts.segment(i)]))
}

const identifiersOf = ({ identifiers }: Profile) =>
  identifiers.map(({ type, value, firstSeenMs, lastSeenMs }) => ({
    type,
    value,
    firstSeen: iso(firstSeenMs),
    lastSeen: iso(lastSeenMs),
  }))

function consentsOf({ consents }: Profile) {
  const purposes = new Set(Object.keys(consents).map((key) => key.split('/')[0] as string))
  return Object.fromEntries([...purposes].map((purpose) => [purpose, effectiveConsent(consents, purpose)]))
}

profileRoutes.get('/v1/profiles/:type/:value', async (c) => {
  const { profile, release } = await readProfile(c)
  return c.json({
    profileId: profile.id,
    firstSeen: iso(profile.firstSeenMs),
    lastSeen: iso(profile.lastSeenMs),
    identifiers: identifiersOf(profile),
    traits: traitsOf(profile),
    events: eventsOf(profile),
    segments: segmentsOf(profile, release, c.get('deps').nowMs()),
    exposures: profile.exposures,
    consents: consentsOf(profile),
    dropped: profile.dropped,
  })
})

/** Preview links: what one browser is shown in place of what it would get. */
import * as v from 'valibot'
import { duration } from './condition.ts'
import { instant, key } from './scalars.ts'
import { strict } from './strict.ts'

/** The query parameter that carries a link's token. */
export const PREVIEW_PARAMETER = 'tsugi_preview'

export const MAX_PREVIEW_SEGMENTS = 5

/** `POST /admin/v1/preview-links` */
export const previewLinkBody = strict({
  /** The page to look at: its origin says which source it is of. */
  url: v.optional(v.pipe(v.string(), v.url(), v.maxLength(2000))),
  /** The source, where there is no url to tell. */
  source: v.optional(key),
  /** Where `action` is shown; every placement that can show it unless given. */
  placement: v.optional(key),
  action: v.optional(key),
  /** The browser counts as a member of these, whatever it did. */
  segments: v.optional(v.pipe(v.array(key), v.maxLength(MAX_PREVIEW_SEGMENTS))),
  /** The experiment, or the policy with a split, that `arm` is of. */
  experiment: v.optional(key),
  arm: v.optional(key),
  /** Decide as of this moment. */
  at: v.optional(instant),
  /** Until when the link and what it opens hold: a moment, or how long. A day unless given, a week at most. */
  expires: v.optional(v.union([instant, duration])),
})
export type PreviewLinkBody = v.InferOutput<typeof previewLinkBody>

export interface PreviewLink {
  readonly token: string
  /** The page with the token, where a `url` was given. */
  readonly url: string | null
  readonly source: string
  /** ISO 8601. */
  readonly expires: string
}

/** `POST /v1/preview`: the token for a cookie, or the cookie's end. */
export const openPreviewBody = v.union([
  v.object({ writeKey: v.nullish(v.string()), token: v.pipe(v.string(), v.maxLength(1000)) }),
  v.object({ writeKey: v.nullish(v.string()), end: v.literal(true) }),
])

/** The `detail` of `invalid_preview_link`. */
export type PreviewRefusal =
  | 'it is no link of this deployment'
  | 'it is for another source'
  | 'it has expired'
  | 'it was used already: each opens in one browser'
  | 'it holds too much'

export interface PreviewState {
  readonly preview: boolean
  /** Until when the browser shows it (ISO 8601). */
  readonly expires?: string
}

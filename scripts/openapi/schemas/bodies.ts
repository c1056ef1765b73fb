/** What clients send: the contract's own schemas, with what the routes themselves take beside them. */
import * as v from 'valibot'
import { configuration } from '../../../worker/contract/config.ts'
import { decideBody, type DecideBody } from '../../../worker/contract/decide.ts'
import { batchBody, message, messageBody, type Message } from '../../../worker/contract/message.ts'
import { flagContext } from '../../../worker/contract/ofrep.ts'
import { beginBody, finishBody } from '../../../worker/contract/lists.ts'
import {
  openPreviewBody as openPreview,
  previewLinkBody as previewLink,
  type PreviewLinkBody,
} from '../../../worker/contract/preview.ts'
import { explainBody, previewBody, resegmentBody } from '../../../worker/contract/segments.ts'
import { traitsPatch } from '../../../worker/contract/profile.ts'

const name = v.pipe(v.string(), v.minLength(1), v.maxLength(200))
const writeKey = v.nullish(v.string())

export const singleMessage = v.object({ ...messageBody.entries, writeKey })
export const trackMessage = v.object({ ...messageBody.entries, event: name, writeKey })
export const batchMessage = message
export const batch = v.object({ ...batchBody.entries, batch: v.array(message) })
export const decide = v.object({
  ...decideBody.entries,
  events: v.nullish(v.pipe(v.array(message), v.maxLength(100))),
})
export const releaseNote = v.object({ note: v.optional(v.pipe(v.string(), v.maxLength(500))) })
export const evaluate = v.object({ context: v.nullish(flagContext) })
export {
  beginBody,
  configuration,
  explainBody,
  finishBody,
  openPreview,
  previewBody,
  previewLink,
  resegmentBody,
  traitsPatch,
}

type Words<T> = Readonly<Record<keyof T, string>>

const WRITE_KEY = 'The public key, for clients that cannot set a header.'
const SENT_AT = 'When it left, by the sender’s clock: ISO 8601, or epoch milliseconds.'

const MESSAGE: Words<Omit<Message, 'type'>> = {
  messageId: 'Unique to the message and equal in every retry: it counts once. Made if absent.',
  anonymousId: 'The device.',
  userId: 'The person. From a browser it needs `token` unless the source is open.',
  timestamp: 'When it happened, by the sender’s clock; `originalTimestamp` goes first.',
  originalTimestamp: 'When it happened, by the sender’s clock: ISO 8601, or epoch milliseconds.',
  sentAt: SENT_AT,
  event: 'track: what happened. Names that begin with "$" are Tsugi’s.',
  name: 'page and screen: its name.',
  category: 'page and screen: its category.',
  groupId: 'group: which one.',
  previousId: 'alias: the id that was used before.',
  properties: 'track, page, screen: whatever belongs to it.',
  traits: 'identify, group: facts. null unsets one.',
  context: 'Page, campaign, device, locale; `gpc: true` is Global Privacy Control.',
  integrations: 'Kept, not read.',
  token: 'A JWT signed by the host’s server that proves `userId`.',
}

const DECIDE: Words<DecideBody> = {
  writeKey: WRITE_KEY,
  requestId: 'The client’s own id for this question: a retry with it gets the same decisionIds.',
  anonymousId: 'The device.',
  userId: 'The person. From a browser it needs `token` unless the source is open.',
  token: 'A JWT signed by the host’s server that proves `userId`.',
  device:
    'Of a browser: `fresh` when its anonymousId is new for want of a stored one, `kept` when it was stored, `none` when nothing may be: then the device cookie is deleted.',
  hint: 'The `profileId` of an earlier answer. On Redis it saves a trip; who owns what is read all the same, so that a stale or made-up one changes nothing.',
  events: 'Folded before deciding, and durable once named in `acked`.',
  sentAt: SENT_AT,
  placements: 'Which slots to fill. An action is shown in one of them only.',
  atMost:
    'At most so many of the placements get something, the first that can: one channel of several.',
  context: 'What the page or app knows now; conditions read it. `locale` picks the translation.',
  explain: 'Secret key only: why, for every candidate.',
  at: 'Secret key only: decide as of this moment (ISO 8601).',
}

/** Component → field → what it is. Every field has its words, or this does not compile. */
export const WORDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Message: { ...MESSAGE, writeKey: WRITE_KEY },
  TrackMessage: { ...MESSAGE, writeKey: WRITE_KEY },
  BatchMessage: { ...MESSAGE, type: 'Which of the six calls it is.' },
  Batch: {
    batch: 'At most 2,500; each is checked alone.',
    sentAt: SENT_AT,
    writeKey: WRITE_KEY,
    device: 'See Decide.',
    anonymousId: 'The device’s own, for `device`.',
    hint: 'See Decide.',
  },
  DecideBody: DECIDE,
  PreviewLinkBody: {
    url: 'The page to look at; its origin says which source the link is of.',
    source: 'The source, where there is no `url` to tell.',
    placement: 'Where `action` is shown; every placement that can show it unless given.',
    action: 'Shown whatever its gates say.',
    segments: 'The browser counts as a member of these.',
    experiment: 'The experiment, or the policy with a split, that `arm` is of.',
    arm: 'The arm this browser is in.',
    at: 'Decide as of this moment (ISO 8601).',
    expires: 'A moment, or how long ("2h"). A day unless given, a week at most.',
  } satisfies Words<PreviewLinkBody>,
  EvaluateBody: {
    context:
      '`targetingKey`, or for servers `userId`, says for whom; all else is what conditions read.',
  },
  TraitsPatch: {
    messageId: 'Unique to the change: a retry with it changes nothing. Made if absent.',
    timestamp: 'When they came to be true (ISO 8601); now unless given.',
    traits: 'At least one. null unsets it.',
  } satisfies Words<v.InferOutput<typeof traitsPatch>>,
}

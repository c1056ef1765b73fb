/** Opens the rooms for one write key, and says what each call of the API does in them. */
import type { LoadOptions, Properties, Tsugi } from '../api.ts'
import { privacyControl } from '../browser/page.ts'
import { proveBy } from '../domain/decider.ts'
import { emit, off, on } from '../domain/emitter.ts'
import { openExposures } from '../domain/exposure.ts'
import { readArguments } from '../domain/message.ts'
import { obeyPrivacyControl, record, tellConsent } from '../domain/recorder.ts'
import { decideNow, openVisit, page, planPage } from '../domain/visit.ts'
import {
  change,
  choice,
  mayKnow,
  mayStore,
  peek,
  settle,
  stranger,
  type Choices,
} from '../domain/visitor.ts'
import { openFlush, schedule } from '../transport/flush.ts'
import { clear, keepAll, openQueue } from '../transport/queue.ts'
import { configure } from './settings.ts'

type Args = readonly unknown[]
/** The overloads of the API are told apart by `readArguments`, so here they are one. */
export type Calls = { readonly [Name in Exclude<keyof Tsugi, 'load'>]: (...args: never) => unknown }

/** Somebody else from here on; what was chosen on this device holds for them too. */
const reset = (): void => {
  proveBy(undefined)
  settle()
  change(stranger())
  if (mayKnow()) tellConsent(peek().consent)
}

const consent = (given: Choices): void => {
  const choices = obeyPrivacyControl(given)
  const wasKnown = mayKnow()
  const wasPersonal = choice('personalization')
  change({ consent: { ...peek().consent, ...choices } })
  if (choice('analytics') === false) clear()
  else if (mayStore()) keepAll()
  // Who refuses before anything was sent stays unknown; who agrees later is told of in full.
  if (wasKnown || mayKnow()) tellConsent(wasKnown ? choices : peek().consent)
  emit('consent', peek().consent)
  if (choice('personalization') && !wasPersonal) planPage()
  schedule()
}

const calls: Calls = {
  on,
  off,
  reset,
  consent,
  page: (...args: Args) => page(...readArguments(args, 2)),
  track(...args: Args) {
    const [[event], properties, options] = readArguments(args, 1)
    record('track', { event, properties }, options)
  },
  identify(...args: Args) {
    const [[userId], traits, options] = readArguments(args, 1)
    const known = peek().userId
    if (userId) {
      if (known && known !== userId) reset()
      change({ userId })
    }
    if (options.token) proveBy(options.token)
    record('identify', { traits }, options)
  },
  group(...args: Args) {
    const [[groupId], traits, options] = readArguments(args, 1)
    record('group', { groupId, traits }, options)
  },
  alias(...args: Args) {
    const [[userId, from], options] = readArguments(args, 2)
    const { userId: known, anonymousId } = peek()
    record('alias', { userId, previousId: from ?? known ?? anonymousId }, options)
  },
  decide: (placements?: string | readonly string[], context?: Properties) =>
    decideNow(typeof placements === 'string' ? [placements] : placements, context),
}

/** `sinceMs`: when the placements were first hidden; `unveil` ends what the snippet hid. */
export const start = (
  writeKey: string,
  options: LoadOptions & { readonly host: string },
  sinceMs: number,
  unveil: () => void,
): Calls => {
  configure({ ...options, writeKey, storageKey: `tsugi:${writeKey}` })
  const { privacyTold } = peek()
  openQueue()
  openFlush()
  openExposures()
  openVisit(sinceMs, unveil)
  if (privacyControl() && !privacyTold && mayKnow()) tellConsent({})
  schedule()
  return calls
}

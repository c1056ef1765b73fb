/** A placement with its policies and actions, as decisions go through them. */
import type { Channel } from '../../contract/cap.ts'
import type { ActionConfig, PlacementConfig } from '../../contract/config.ts'
import type { Content, ContentValue } from '../../contract/decide.ts'
import type {
  CompiledAction,
  CompiledFlag,
  CompiledPlacement,
  QuietHours,
} from '../decision/plan.ts'
import { compilePolicy } from './compile-policy.ts'
import { addsOf, type Shared } from './compile-shared.ts'
import { compileMaybe, compileSchedule } from './compile-when.ts'

const OBJECT: CompiledFlag = { type: 'object' }

/** Channels that come to the person, who must have agreed. */
const SENT: ReadonlySet<Channel> = new Set(['email', 'line', 'push', 'sms'])

export function compilePlacement(placement: PlacementConfig, shared: Shared): CompiledPlacement {
  const { config, register, caps, counting } = shared
  const { key, channel, consent } = placement
  const actions = new Map<string, CompiledAction>()
  const actionOf = (key: string): CompiledAction => {
    const known = actions.get(key)
    if (known !== undefined) return known
    const action = compileAction(register.actions.get(key) as ActionConfig, placement, shared)
    actions.set(key, action)
    return action
  }
  const fallback = placement.fallback === undefined ? null : actionOf(placement.fallback)
  const policies = [...(register.policiesAt.get(key) ?? [])]
    .sort((a, b) => b.priority - a.priority || (a.key < b.key ? -1 : 1))
    .map((policy) => compilePolicy(policy, actionOf, shared))
  const adds = addsOf(counting, 'placement', key)
  const sends = SENT.has(channel)
  const quiet = placement.quietHours ?? (sends ? config.workspace.quietHours : undefined)
  return {
    key,
    flag: placement.flag === false ? null : ((placement.flag ?? OBJECT) as CompiledFlag),
    channel,
    sends,
    consentPurpose: sends && consent !== 'none' ? channel : null,
    quietHours: quiet === undefined ? null : compileQuietHours(quiet),
    caps: caps.ofPlacement(placement),
    adds,
    reserves: [
      adds,
      ...policies.map(({ adds }) => adds),
      ...[...actions.values()].map((a) => a.adds),
    ].some(({ served }) => served),
    stocks: [...actions.values()].flatMap(({ stock }) => stock ?? []),
    fallback,
    policies,
    actions,
  }
}

const minuteOf = (clock: string): number => {
  const [hours, minutes] = clock.split(':')
  return Number(hours) * 60 + Number(minutes)
}
const compileQuietHours = ({ from, until }: { from: string; until: string }): QuietHours => ({
  fromMinute: minuteOf(from),
  untilMinute: minuteOf(until),
})

function compileContent(
  texts: ActionConfig['content'],
  fields: PlacementConfig['fields'],
): Content {
  const content: Record<string, ContentValue> = {}
  for (const [field, text] of Object.entries(texts)) {
    content[field] = fields[field] === 'html' ? { html: text } : text
  }
  return content
}

function compileAction(
  action: ActionConfig,
  placement: PlacementConfig,
  { register, compile, caps, counting }: Shared,
): CompiledAction {
  const content = compileContent(action.content, placement.fields)
  const campaign = register.campaigns.get(action.campaign ?? '')
  const adds = addsOf(counting, 'action', action.key)
  return {
    key: action.key,
    tags: action.tags,
    content,
    translations: new Map(
      Object.entries(action.translations).map(([language, texts]) => [
        language,
        { ...content, ...compileContent(texts, placement.fields) },
      ]),
    ),
    schedule: compileSchedule(action.schedule, campaign?.schedule),
    when: compileMaybe(action.when, compile),
    needsConsent: action.consent === undefined ? null : action.consent !== 'none',
    stock: action.stock === undefined ? null : { key: action.key, total: action.stock },
    caps: caps.ofAction(action),
    adds: { ...adds, served: adds.served || action.stock !== undefined },
  }
}

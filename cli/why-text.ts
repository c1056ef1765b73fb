/** A decision of the past in words. */
import type { FallbackCause, Stop } from '../worker/contract/reason.ts'
import type { NamedKind, WhyAnswer, WhyPolicy } from '../worker/contract/why.ts'
import { printable } from './table.ts'
import { plainly } from './words/plainly.ts'
import { en } from './words/why-en.ts'
import { ja } from './words/why-ja.ts'
import type { WhyWords } from './words/why-words.ts'

export const WHY_LANGUAGES: Readonly<Record<string, WhyWords>> = { en, ja }

type Named = (kind: NamedKind, key: string) => string

/** Texts of a configuration may hold what moves a cursor. */
const nameOf = ({ names }: WhyAnswer, kind: NamedKind, key: string): string | undefined =>
  Object.hasOwn(names[kind], key) ? printable(names[kind][key] as string) : undefined

export function whyText(answer: WhyAnswer, words: WhyWords): string {
  const { replay, expired, release, epoch, profileId } = answer
  const named: Named = (kind, key) => words.name(nameOf(answer, kind, key) ?? key)
  const parts = [
    [
      headline(answer, words, named),
      ...(replay === 'not_logged'
        ? []
        : [profileId === null ? words.stranger : words.person(profileId)]),
      ...because(answer, words, named),
      ...lots(answer, words, named),
    ].join('\n'),
    ...others(answer, words, named),
    [words.replay[replay], ...(expired ? [words.expired] : []), words.release(release, epoch)].join(
      '\n',
    ),
  ]
  return parts.join('\n\n')
}

/** With its offset: it is the workspace's time, not this terminal's. */
const moment = (iso: string): string => {
  const offset = /(?:[+-]\d\d:\d\d|Z)$/.exec(iso)?.[0] ?? ''
  return `${iso.slice(0, 16).replace('T', ' ')}${offset === '' ? '' : ` ${offset}`}`
}

function headline({ placement, shown, at }: WhyAnswer, words: WhyWords, named: Named): string {
  const place = named('placements', placement)
  return shown.length === 0
    ? words.nothing(place, moment(at))
    : words.shown(place, listed(shown, words, named), moment(at))
}

const listed = (actions: readonly string[], words: WhyWords, named: Named): string =>
  actions.map((key) => named('actions', key)).join(words.next)

function because(answer: WhyAnswer, words: WhyWords, named: Named): string[] {
  const { reason, shown, instead, propensity, policies } = answer
  if (reason === null) return []
  const [best = ''] = shown
  const { chosen } = words
  switch (reason.kind) {
    case 'preview':
      return [chosen.preview]
    case 'fallback': {
      const later =
        reason.notBefore === undefined ? '' : ` ${words.notBefore(moment(reason.notBefore))}`
      return [
        causeText(reason.because, policies, words) + later,
        ...(shown.length === 0 ? [] : [words.fallback]),
        ...(instead.length === 0 ? [] : [words.instead(listed(instead, words, named))]),
      ]
    }
    case 'split':
      return [
        chosen.split(
          named('policies', reason.policy),
          nameOf(answer, 'splitArms', `${reason.policy}/${reason.arm}`) ?? reason.arm,
        ),
      ]
    case 'experiment':
      return [
        chosen.experiment(
          named('policies', reason.policy),
          named('experiments', reason.experiment),
          nameOf(answer, 'arms', `${reason.experiment}/${reason.arm}`) ?? reason.arm,
        ),
      ]
    case 'learned':
      return [
        chosen.learned(
          named('policies', reason.policy),
          named('actions', answer.action ?? best),
          `${(propensity * 100).toFixed(1)}%`,
        ),
        reason.model === 0 ? chosen.even : chosen.learnedFrom(reason.model),
      ]
    case 'priority':
      return [chosen.priority(named('policies', reason.policy), named('actions', best))]
    case 'formula': {
      const account = policies.find(({ policy }) => policy === reason.policy)
      const score = account?.actions.find(({ action }) => action === best)?.score
      const told = score === undefined ? '' : ` (${words.score(short(score))})`
      return [chosen.formula(named('policies', reason.policy), named('actions', best), told)]
    }
  }
}

/** Where consent kept everybody's rules away, it is not that none was meant for the person. */
function causeText(
  because: FallbackCause,
  policies: WhyAnswer['policies'],
  words: WhyWords,
): string {
  const stops = policies.map(({ stoppedBy }) => stoppedBy).filter((gate) => gate !== 'schedule')
  const turnedOff = stops.length > 0 && stops.every((gate) => gate === 'consent')
  return because === 'no_policy_matched' && turnedOff ? words.turnedOff : words.because[because]
}

const short = (value: number): string => String(Math.round(value * 1000) / 1000)

const lots = (answer: WhyAnswer, words: WhyWords, named: Named): string[] =>
  Object.entries(answer.experiments).map(([key, arm]) => {
    const [isHoldout, policy] = /^\$holdout(?::(.+))?$/.exec(key) ?? []
    if (isHoldout === undefined) {
      return words.arms(named('experiments', key), nameOf(answer, 'arms', `${key}/${arm}`) ?? arm)
    }
    const holdout =
      policy === undefined ? words.everybody : words.holdoutOf(named('policies', policy))
    return arm === 'held' ? words.held(holdout) : words.open(holdout)
  })

function others(answer: WhyAnswer, words: WhyWords, named: Named): string[] {
  const { stopped, policies, replay } = answer
  if (replay !== 'same' && replay !== 'different') return []
  if (stopped !== null) return [stopText(stopped, words, named, (arm) => arm)]
  const lines = policies.flatMap((policy) => policyLines(policy, answer, words, named))
  return [lines.length === 0 ? words.noOthers : [words.others, ...lines].join('\n')]
}

function policyLines(
  account: WhyPolicy,
  answer: WhyAnswer,
  words: WhyWords,
  named: Named,
): string[] {
  const { policy, actions } = account
  const text = (stop: Partial<Stop>) =>
    // What a holdout kept away was stopped by no gate of its own.
    stop.stoppedBy === undefined
      ? words.wouldHave
      : stopText(stop as Stop, words, named, (arm) => armOf(answer, policy, arm))
  const others = actions.filter(({ chosen }) => !chosen)
  const own =
    account.stoppedBy === undefined
      ? policy === answer.policy
        ? words.decided
        : words.because.no_action_left
      : text(account)
  return [
    `  ${words.rule(named('policies', policy))}: ${own}`,
    ...others.map(({ action, score, ...stop }) => {
      const points = score === undefined ? '' : `, ${words.score(short(score))}`
      return `    ${named('actions', action)}: ${text(stop)}${points}`
    }),
  ]
}

/** A stop does not say whose arm it tells of: the split's, or that of an experiment the person is in. */
function armOf(answer: WhyAnswer, policy: string, arm: string): string {
  const told = [
    nameOf(answer, 'splitArms', `${policy}/${arm}`),
    ...Object.keys(answer.experiments).map((key) => nameOf(answer, 'arms', `${key}/${arm}`)),
  ]
  const [name, ...others] = new Set(told.filter((one) => one !== undefined))
  return name === undefined || others.length > 0 ? arm : name
}

function stopText(
  { stoppedBy, detail, cap, notBefore }: Stop,
  words: WhyWords,
  named: Named,
  arm: (key: string) => string,
): string {
  const more = [
    cap === undefined ? '' : words.cap(cap),
    detail === undefined ? '' : detailText(stoppedBy, detail, words, named, arm),
    notBefore === undefined ? '' : words.notBefore(moment(notBefore)),
  ].filter((text) => text !== '')
  return words.gates[stoppedBy] + (more.length === 0 ? '' : ` (${more.join('; ')})`)
}

function detailText(
  stoppedBy: Stop['stoppedBy'],
  detail: string,
  words: WhyWords,
  named: Named,
  arm: (key: string) => string,
): string {
  switch (stoppedBy) {
    case 'audience':
    case 'eligibility':
      return words.asks(plainly(detail, (key) => named('segments', key)))
    case 'formula':
      return words.failed(detail)
    case 'not_drawn':
    case 'arm': {
      const [, what, told = ''] = /^(arm|weight) (.+)$/.exec(detail) ?? []
      return what === 'arm' ? words.arm(arm(told)) : what === 'weight' ? words.weight(told) : detail
    }
    default:
      return ''
  }
}

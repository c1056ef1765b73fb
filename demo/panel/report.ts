/** The panel's content: who, what happened, which groups, and why each placement shows what it does. */
import type { DecisionAnswer } from '../../worker/contract/decide.ts'
import type {
  ActionAccount,
  Explanation,
  PolicyAccount,
  Reason,
  Stop,
} from '../../worker/contract/reason.ts'
import { plainly } from '../../cli/words/plainly.ts'
import { inLine } from '../../worker/core/condition/in-line.ts'
import { html, type Html } from '../html.ts'
import type { Known, KnownProfile, Question } from './ask-tsugi.ts'
import type { Names } from './names.ts'
import type { PanelWords } from './words.ts'

export interface Reader {
  readonly words: PanelWords
  readonly names: Names
}

export function report({ profile, answer }: Known, question: Question, reader: Reader): Html {
  const { words } = reader
  const placements = Object.entries(answer.decisions).toSorted(bannerFirst)
  const segments = placements[0]?.[1].explain?.segments ?? {}
  return html` <h3>${words.who}</h3>
    ${who(profile, question, words)}
    <h3>${words.lately}</h3>
    ${lately(profile, reader)}
    <h3>${words.groups}</h3>
    ${groups(segments, reader)}
    <h3>${words.why}</h3>
    ${placements.map(([placement, decision]) => why(placement, decision, reader))}
    <p class="panel-note">${words.note}</p>`
}

/** What changes most; the page's own order, which is the question's, has it below. */
const bannerFirst = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number =>
  Number(b === 'hero') - Number(a === 'hero')

function who(
  profile: KnownProfile | null,
  { anonymousId, customer }: Question,
  words: PanelWords,
): Html {
  if (profile === null) return html`<p>${words.stranger}</p>`
  const name = profile.traits['name']?.value ?? profile.traits['email']?.value
  const browsers = profile.identifiers.filter(({ type }) => type === 'anonymous_id').length
  return html` <p>
      ${customer !== null && typeof name === 'string' ? words.person(name) : words.visitor(anonymousId.slice(0, 8))}
    </p>
    <p class="panel-small">${words.browsers(browsers)}</p>`
}

/** Events by name and, where it was kept, category; most recent kind first. */
function lately(profile: KnownProfile | null, { words, names }: Reader): Html {
  const counts = new Map<string, number>()
  for (const { event, properties } of profile?.events ?? []) {
    const told = words.events[event]
    if (told === undefined) continue
    const category = properties['category']
    const kind = typeof category === 'string' ? `${told} · ${names.of(category)}` : told
    counts.set(kind, (counts.get(kind) ?? 0) + 1)
  }
  if (counts.size === 0) return html`<p>${words.nothing}</p>`
  return html`<ul class="panel-list">
    ${[...counts].map(([kind, count]) => html`<li><span>${kind}</span> <b>×${count}</b></li>`)}
  </ul>`
}

const groups = (segments: Explanation['segments'], { words, names }: Reader): Html =>
  html` <ul class="panel-list">
    ${Object.entries(segments).map(
      ([segment, isIn]) =>
        html`<li data-segment="${segment}" data-in="${String(isIn)}">
          <span>${names.of(segment)}</span> <b>${isIn ? words.isIn : words.isOut}</b>
        </li>`,
    )}
  </ul>`

function why(placement: string, { items, reason, explain }: DecisionAnswer, reader: Reader): Html {
  const { words, names } = reader
  const shown = items.map(({ action }) => (action === undefined ? null : names.of(action)))
  return html` <section class="panel-why" data-placement="${placement}">
    <p>
      <b>${names.of(placement)}</b>:
      ${shown.length === 0 ? words.ownContent : shown.join(words.comma)}
    </p>
    <p>${reason !== undefined && because(reason, explain, reader)}</p>
    ${explain !== undefined && passedOver(explain, reader)}
  </section>`
}

/** To the worker no rule matched; it was their choice that stopped all that have begun. */
function turnedOff(reason: Reason, { policies }: Explanation): boolean {
  if (reason.kind !== 'fallback' || reason.because !== 'no_policy_matched') return false
  const begun = policies.filter(({ stoppedBy }) => stoppedBy !== 'schedule')
  return begun.length > 0 && begun.every(({ stoppedBy }) => stoppedBy === 'consent')
}

const because = (reason: Reason, explain: Explanation | undefined, reader: Reader): string =>
  explain !== undefined && turnedOff(reason, explain)
    ? reader.words.turnedOff
    : inWords(reason, reader)

function inWords(reason: Reason, { words, names }: Reader): string {
  switch (reason.kind) {
    case 'priority':
    case 'formula':
      return words.by(names.of(reason.policy))
    case 'learned':
      return words.learned(names.of(reason.policy))
    case 'split':
      return words.drawn(names.of(reason.policy), names.arm(reason.policy, reason.arm))
    case 'experiment':
      return words.drawn(names.of(reason.experiment), names.arm(reason.experiment, reason.arm))
    case 'preview':
      return words.previewed
    case 'fallback': {
      const { because, notBefore } = reason
      const later = notBefore === undefined ? '' : ` ${words.notBefore(clock(notBefore))}`
      return words.because[because] + later
    }
  }
}

/** "2026-03-29T08:00:00+09:00" → "08:00" */
const clock = (iso: string): string => iso.slice(11, 16)

const isStop = (account: Partial<Stop>): account is Stop => account.stoppedBy !== undefined

function passedOver({ relevance, placement, policies }: Explanation, reader: Reader): Html | null {
  const { words, names } = reader
  const whole = placement === undefined ? [] : [[relevance.where.placement, placement] as const]
  const each = policies.flatMap((policy) => [
    ...(isStop(policy) ? [[policy.policy, policy] as const] : []),
    ...policy.actions.flatMap((a) => (isStop(a) ? [[a.action, a] as const] : [])),
  ])
  const stopped = [...whole, ...each]
  if (stopped.length === 0) return null
  return html` <details class="panel-over">
    <summary>${words.passedOver}</summary>
    <ul class="panel-list">
      ${stopped.map(([key, stop]) => html`<li><span>${names.of(key)}</span> <i>${stopWords(stop, reader)}</i></li>`)}
    </ul>
  </details>`
}

function stopWords(
  {
    stoppedBy,
    cap,
    notBefore,
    score,
    audience,
  }: Stop & Pick<ActionAccount, 'score'> & Pick<PolicyAccount, 'audience'>,
  { words, names }: Reader,
): string {
  const more = [
    ...(stoppedBy === 'audience' && audience !== undefined
      ? [words.asks(plainly(inLine(audience), (key) => words.quoted(names.of(key))))]
      : []),
    ...(stoppedBy === 'cap' && cap !== undefined ? [words.cap(cap)] : []),
    ...(score === undefined ? [] : [words.score(score)]),
    ...(notBefore === undefined ? [] : [words.from(clock(notBefore))]),
  ]
  const told = words.gates[stoppedBy]
  return more.length === 0 ? told : `${told} (${more.join(words.comma)})`
}

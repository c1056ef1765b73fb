import type { CapView } from '../../worker/contract/reason.ts'
import type { WhyWords } from './why-words.ts'

const WHAT: Readonly<Record<CapView['of'], string>> = {
  served: 'served',
  impression: 'seen',
  click: 'clicked',
  dismiss: 'closed',
  conversion: 'reached',
}

function window(per: CapView['per']): string {
  if (typeof per !== 'object') return per === 'lifetime' ? 'ever' : `a ${per}`
  const hours = per.ms / 3_600_000
  if (hours >= 48 && hours % 24 === 0) return `in ${hours / 24} days`
  return hours >= 1 ? `in ${round(hours)} h` : `in ${round(hours * 60)} min`
}
const round = (value: number): number => Math.round(value * 10) / 10

export const en: WhyWords = {
  shown: (placement, actions, when) => `${placement} showed ${actions} on ${when}.`,
  nothing: (placement, when) => `${placement} left the page’s own content on ${when}.`,
  person: (id) => `To profile ${id}.`,
  stranger: 'To somebody of whom nothing was known yet.',
  next: ', then ',
  name: (name) => `“${name}”`,
  chosen: {
    priority: (policy, action) =>
      `The rule ${policy} was the first one meant for this person that had something left, and ${action} came first in it.`,
    formula: (policy, action, score) =>
      `The rule ${policy} was the first one meant for this person that had something left, and its formula put ${action} first${score}.`,
    learned: (policy, action, chance) =>
      `The rule ${policy} learns from what follows. It drew ${action}, which had a chance of ${chance}.`,
    learnedFrom: (model) => `It went by the weights of version ${model}.`,
    even: 'Nothing was learned yet, so all had the same chance.',
    split: (policy, arm) =>
      `The rule ${policy} is split by lot, and this person’s lot is “${arm}”.`,
    experiment: (policy, experiment, arm) =>
      `The test ${experiment} changes the rule ${policy}, and this person is in its arm “${arm}”.`,
    preview: 'Somebody looked at a preview.',
  },
  because: {
    stopped: 'All decisions were switched off.',
    bot: 'A program asked, not a person.',
    staff: 'The person works here.',
    no_consent: 'The person had not agreed to this channel.',
    quiet_hours: 'It was night where the person was.',
    cap_reached: 'The person had been met often enough.',
    no_policy_matched: 'No rule was meant for this person.',
    no_action_left: 'A rule was meant for this person, but it had nothing left to show.',
    holdout: 'The person is held out, so that the others can be compared with them.',
    control_arm: 'The person is in the arm of a test that changes nothing.',
    enough: 'As many other placements as were asked for had something already.',
    degraded: 'The store had not answered in time, so nothing was risked.',
  },
  turnedOff: 'The person had turned personalization off.',
  fallback: 'That is what the placement shows when no rule has anything.',
  instead: (actions) => `It would have been ${actions}.`,
  arms: (experiment, arm) => `${experiment}: arm “${arm}”`,
  held: (holdout) => `${holdout}: the person is held out`,
  open: (holdout) => `${holdout}: the person is not held out`,
  arm: (arm) => `arm “${arm}”`,
  weight: (share) => `weight ${share}`,
  everybody: 'The holdout over everything',
  holdoutOf: (policy) => `The holdout of the rule ${policy}`,
  wouldHave: 'would have been shown',
  notBefore: (moment) => `from ${moment}`,
  others: 'Everything else, and why not:',
  noOthers: 'There was nothing else to choose from.',
  rule: (name) => `Rule ${name}`,
  decided: 'decided',
  gates: {
    stopped: 'decisions were switched off',
    bot: 'not for programs',
    staff: 'not for staff',
    channel: 'the person had not agreed to the channel',
    quiet_hours: 'quiet hours',
    schedule: 'not its time',
    consent: 'the person had turned personalization off',
    audience: 'meant for others',
    holdout: 'held out, to compare',
    experiment: 'only for those in a test, and the person is not',
    arm: 'only for another arm of the test',
    eligibility: 'not open to this person',
    unidentified: 'must be counted, and nobody was there to count it for',
    stock: 'none was left of it',
    cap: 'met often enough',
    converted: 'done already',
    excluded: 'shown by another placement of the page',
    diversity: 'enough of its kind',
    formula: 'its formula could not be worked out',
    not_drawn: 'not drawn',
    outranked: 'something else came first',
    enough: 'other placements had something',
  },
  asks: (condition) => `asks: ${condition}`,
  failed: (error) => error,
  score: (score) => `${score} points`,
  cap: ({ of, max, per }) =>
    of === 'conversion'
      ? ''
      : `at most ${max} ${max === 1 ? 'time' : 'times'} ${WHAT[of]} ${window(per)}`,
  replay: {
    same: 'Decided again from its log line: the same.',
    different:
      'DECIDED AGAIN FROM ITS LOG LINE IT COMES OUT OTHERWISE: a fault of Tsugi or of the log. Trust the first line, not the reasons.',
    not_replayable:
      'It cannot be decided again: its log line does not have all that was read (over 4 KB, given again for a repeated question, or the store had not answered).',
    not_logged:
      'It is not in the log: asked with "at" or "explain", for a flag in bulk or a preview, not among the share that is logged, or lost with the isolate that held it. What is told here is what its id carries. A decision of this second may not be written yet.',
  },
  expired: 'It is over 90 days old: exposures of it do not count any more.',
  release: (release, epoch) => `Release ${release}, epoch ${epoch}.`,
}

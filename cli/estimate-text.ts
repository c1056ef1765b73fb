/** Estimates as a person reads them. */
import type { Caution } from '../worker/core/learning/caution.ts'
import type { Estimate, OffPolicy } from '../worker/core/learning/off-policy.ts'
import type { Asked, ReadLog } from './estimate-log.ts'
import { table } from './table.ts'

export interface Estimated {
  readonly target: string
  readonly found: OffPolicy
  readonly cautions: readonly Caution[]
}

const whole = (n: number): string => Math.round(n).toLocaleString('en-US')
const percent = (share: number, digits = 1): string => `${(100 * share).toFixed(digits)} %`

/** A rate as a percentage; money in units of its currency. */
function amountOf({ by, currency }: Asked): (n: number) => string {
  if (by === 'rate') return (n) => percent(n, 2)
  const digits = new Intl.NumberFormat('en', {
    style: 'currency',
    currency: currency ?? 'XXX',
  }).resolvedOptions().maximumFractionDigits
  return (n) => n.toLocaleString('en-US', { maximumFractionDigits: (digits ?? 2) + 1 })
}

function told({ mean, low, high }: Estimate, amount: (n: number) => string): string {
  return Number.isFinite(low) ? `${amount(mean)} (${amount(low)} to ${amount(high)})` : amount(mean)
}

const signed =
  (amount: (n: number) => string) =>
  (n: number): string =>
    n < 0 ? `−${amount(-n)}` : `+${amount(n)}`

/** @param live what there is to say of the live policy, whose figures come first; null where nobody asked */
export function estimateText(
  asked: Asked,
  read: ReadLog,
  all: readonly Estimated[],
  live: readonly string[] | null = null,
): string {
  const amount = amountOf(asked)
  const [first] = all as [Estimated]
  const { decisions, people, logged } = first.found
  const of = asked.by === 'rate' ? 'rewarded' : `${asked.currency} a decision`
  const lines = [
    `${asked.policy}, goal ${asked.goal}: ${whole(decisions)} decisions seen by ${whole(people)} people, ${read.span?.map((at) => at.slice(0, 16)).join(' to ')} UTC.`,
    `As it was: ${told(logged, amount)} ${of}.`,
    '',
    table(
      ['instead', 'doubly robust', 'self-normalised', 'IPS', 'worth, in people'],
      all.map(({ target, found, cautions }) => [
        cautions.length > 0 ? `${target} *` : target,
        told(found.dr, amount),
        told(found.snips, amount),
        told(found.ips, amount),
        whole(found.effective),
      ]),
    ),
  ]
  if (live !== null) {
    const { target, found, cautions } = first
    const star = cautions.length > 0 ? ' *' : ''
    lines.push(
      '',
      `${target}, more than as it was: ${told(found.gain, signed(amount))} ${of}, doubly robust${star}.`,
    )
  }
  const doubts = all.flatMap(({ target, cautions }) =>
    cautions.map((caution) => `* ${target}: ${cautionText(caution)}`),
  )
  doubts.push(...(live ?? []))
  const unlisted = decisions - read.listed
  if (unlisted > 0 && (read.listed > 0 || live !== null)) {
    doubts.push(
      `Of ${whole(unlisted)} decisions the log does not tell what they were drawn from: they count as if everything could be had.`,
    )
  }
  if (read.unusable > 0) {
    doubts.push(`${whole(read.unusable)} decisions have no propensity, and are left out.`)
  }
  if (read.cut)
    doubts.push(
      `Only the newest ${whole(decisions + read.unusable)} decisions were read: --from and --to choose others.`,
    )
  return [...lines, ...(doubts.length > 0 ? ['', ...doubts] : [])].join('\n')
}

const NAMED = 5

function cautionText(caution: Caution): string {
  switch (caution.by) {
    case 'certain':
      return 'the log never tried anything else: it tells of nothing but itself.'
    case 'unseen': {
      const named = caution.actions
        .slice(0, NAMED)
        .map(({ context, action }) => (context === '' ? action : `${action} in ${context}`))
      const more = caution.actions.length - named.length
      return `${percent(caution.share)} of what it would show was never shown (${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}). IPS counts it as nothing; the others guess.`
    }
    case 'mismatch':
      return `weights are ${caution.meanWeight.toFixed(2)} on average, not 1: not everybody could have what it would show, or propensities are wrong.`
    case 'heavy':
      return `one decision bears ${percent(caution.part)} of the sum: it was very unlikely, and happened.`
    case 'few':
      return `too little to go by: worth ${whole(caution.effective)} people, ${whole(caution.rewarded)} rewarded decisions.`
  }
}

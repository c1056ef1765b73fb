/** What was learned, as it is written down: rewards of decisions, and changes of experiments' tallies. */
import type { JsonObject } from '../../contract/message.ts'
import { NO_COUNTS, type TallyRow } from '../experiment/tally.ts'
import type { Reward } from '../learning/rewards.ts'
import type { EventRecord } from '../record.ts'
import type { Delivery } from './delivery.ts'
import type { Lesson } from './people.ts'

export function lessonRecords(
  lessons: readonly Lesson[],
  { receivedAtMs, source }: Pick<Delivery, 'receivedAtMs' | 'source'>,
  epoch: number,
): EventRecord[] {
  const frame = { source, epoch, receivedAtMs, originalTimestampMs: null, sentAtMs: null }
  return lessons.flatMap(({ profileId, version, rewards, change }, i): EventRecord[] => [
    ...rewards.map((reward) => ({
      ...frame,
      type: '$reward' as const,
      messageId: `$reward:${reward.id}`,
      profileId,
      timestampMs: reward.hit.atMs,
      properties: rewardProperties(reward),
    })),
    ...(change.length === 0
      ? []
      : [
          {
            ...frame,
            type: '$outcome' as const,
            messageId: `$outcome:${profileId}:${version}:${i}`,
            profileId,
            timestampMs: receivedAtMs,
            properties: { rows: change.map(rowJson) },
          },
        ]),
  ])
}

function rewardProperties({ exposure, exposedMs, goal, hit, first, squares }: Reward): JsonObject {
  const [decidedMs, id, what, impression, click, propensity, model, epoch] = exposure
  return {
    goal: goal.key,
    exposure: id,
    what,
    first,
    refund: hit.refund,
    ...(hit.currency === ''
      ? {}
      : { value: hit.micro / 1e6, currency: hit.currency, micro: hit.micro, squares }),
    exposedMs,
    decidedMs,
    impressionMs: impression === null ? null : decidedMs + impression,
    clickMs: click === null ? null : decidedMs + click,
    propensity,
    model,
    decidedEpoch: epoch,
  }
}

/** Without what is zero or empty. */
const rowJson = ({ experiment, arm, hour, goal, currency, ...counts }: TallyRow): JsonObject => ({
  experiment,
  arm,
  hour,
  ...(goal === '' ? {} : { goal }),
  ...(currency === '' ? {} : { currency }),
  ...Object.fromEntries(
    (Object.keys(NO_COUNTS) as (keyof typeof NO_COUNTS)[])
      .filter((name) => counts[name] !== 0)
      .map((name) => [name, counts[name]]),
  ),
})

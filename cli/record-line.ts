/** A record as one line of a terminal. */
import type { SequencedRecord } from './admin-api.ts'

/** 12:03:04.567 track "Product Viewed" u:taro p:0192… web */
export function recordLine(record: SequencedRecord): string {
  const time = new Date(record.receivedAtMs).toISOString().slice(11, 23)
  const name = record.event ?? record.name
  const who = [
    record.userId && `user ${record.userId}`,
    record.anonymousId && `anonymous ${record.anonymousId}`,
    record.profileId && `profile ${record.profileId}`,
  ].filter(Boolean)
  const parts = [
    time,
    record.type.padEnd(9),
    name === undefined ? '' : JSON.stringify(name),
    record.type === '$segment' ? moveOf(record) : '',
    ...who,
    `source ${record.source}`,
    record.late ? 'late' : '',
    record.preview ? 'preview' : '',
  ]
  return parts.filter((part) => part !== '').join('  ')
}

/** "entered" "at-risk" "time" */
function moveOf({ properties }: SequencedRecord): string {
  const { segment, change, why } = properties ?? {}
  return [change, segment, why].map((word) => JSON.stringify(word)).join(' ')
}

/** A record as one line of a terminal. */
import type { SequencedRecord } from './admin-api.ts'
import { printable } from './table.ts'

/** 12:03:04.567Z track "Product Viewed" u:taro p:0192… web */
export function recordLine(record: SequencedRecord): string {
  const time = new Date(record.receivedAtMs).toISOString().slice(11)
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
    aboutOf(record),
    ...who,
    `source ${record.source}`,
    record.late ? 'late' : '',
    record.preview ? 'preview' : '',
  ]
  // Ids and names come from visitors.
  return printable(parts.filter((part) => part !== '').join('  '))
}

/** What a record of Tsugi's own is about, in a few words. */
function aboutOf({ type, properties = {} }: SequencedRecord): string {
  const word = (name: string): string => textOf(properties[name])
  switch (type) {
    case '$segment':
      return `${word('change')} ${word('segment')} (${word('why')})`
    case '$decision':
      return decisionsOf(properties).join(', ')
    case '$merge':
      return `absorbed ${word('absorbed')}`
    case '$list':
      return `${properties['in'] === true ? 'put on' : 'taken off'} ${word('list')}`
    default:
      return ''
  }
}

/** Of a whole question; of one placement in records of before. */
function decisionsOf(properties: NonNullable<SequencedRecord['properties']>): string[] {
  const { decisions } = properties
  const all = Array.isArray(decisions) ? decisions : [properties]
  return all.map((one) => {
    const { placement, action, reason } = one as Readonly<Record<string, unknown>>
    return `${textOf(placement)}: ${textOf(action)} (${textOf(reason)})`
  })
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : 'nothing')

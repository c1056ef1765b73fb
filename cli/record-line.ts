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
  const word = (name: string): string => {
    const value = properties[name]
    return typeof value === 'string' ? value : 'nothing'
  }
  switch (type) {
    case '$segment':
      return `${word('change')} ${word('segment')} (${word('why')})`
    case '$decision':
      return `${word('placement')}: ${word('action')} (${word('reason')})`
    case '$merge':
      return `absorbed ${word('absorbed')}`
    case '$list':
      return `${properties['in'] === true ? 'put on' : 'taken off'} ${word('list')}`
    default:
      return ''
  }
}

/** What a replay found, as the person at the terminal should read it. */
import type { ReplayAnswer } from '../worker/contract/replay.ts'
import { table } from './table.ts'

const count = (n: number, one: string, many: string): string =>
  `${n.toLocaleString('en')} ${n === 1 ? one : many}`
const people = (n: number): string => count(n, 'person', 'people')

export function replayText(run: ReplayAnswer): string {
  const { different, unlogged } = run
  const read = `${count(run.files.done, 'file', 'files')} with ${count(run.rows.done, 'row', 'rows')}`
  const lines = [`Read ${read}; compared ${people(run.people.done)} with the store.`]
  if (different.people === 0) lines.push('Nobody differs: the store says what the log says.')
  else lines.push('', ...differences(run))
  if (unlogged.people > 0) {
    const more = unlogged.people > unlogged.first.length ? ', …' : ''
    lines.push(
      '',
      `In the store, and named by no record (left as they are): ${people(unlogged.people)}: ${unlogged.first.join(', ')}${more}`,
    )
  }
  if (run.unreadable > 0) {
    lines.push(
      '',
      `${count(run.unreadable, 'row stands', 'rows stand')} for records that could not be read when they were filed (type $unreadable): whose they were differ by them.`,
    )
  }
  return lines.join('\n')
}

function differences({ apply, different, written }: ReplayAnswer): string[] {
  const sections = Object.entries(different.sections).sort(([, a], [, b]) => b - a)
  const shown = different.first.map(({ profileId, sections: of }) => [profileId, of.join(', ')])
  const more = different.people - shown.length
  return [
    `${people(different.people)} ${different.people === 1 ? 'differs' : 'differ'}: ${sections.map(([name, n]) => `${name} ${n}`).join(', ')}`,
    '',
    table(['profile', 'differs in'], shown),
    ...(more > 0 ? [`… and ${more.toLocaleString('en')} more`] : []),
    '',
    apply
      ? `Written: ${people(written)}.`
      : 'Nothing was changed. To write what differs, give the same command with --apply.',
  ]
}

/** What was shown how often, and who is in which segment. */
import { byText, dayOf, grouped, inTime, named, propertyOf, round, type Row } from '../facts.ts'

export const shareOfDecisions = (): Row[] =>
  ['hero', 'slot'].flatMap((placement) => {
    const own = [...named('$impression'), ...named('$click')].filter(
      (r) => propertyOf(r, 'placement') === placement,
    )
    const total = own.filter(({ event }) => event === '$impression').length
    return [...grouped(own, (r) => (propertyOf(r, 'action') as string | null) ?? "(page's own)")]
      .map(([action, all]): Row => {
        const impressions = all.filter(({ event }) => event === '$impression').length
        const clicks = all.length - impressions
        return [
          placement,
          action,
          impressions,
          round(impressions / total, 4),
          round(clicks / impressions, 4),
        ]
      })
      .toSorted((a, b) => Number(b[2]) - Number(a[2]))
  })

export function growthOfSegments(): Row[] {
  const changes = inTime.filter(({ type }) => type === '$segment')
  return ['new', 'vip'].flatMap((segment) => {
    let members = 0
    const own = changes.filter((record) => propertyOf(record, 'segment') === segment)
    return [...grouped(own, ({ timestampMs }) => dayOf(timestampMs))]
      .toSorted(byText)
      .map(([day, all]): Row => {
        const entered = all.filter((record) => propertyOf(record, 'change') === 'entered').length
        const exited = all.length - entered
        return [segment, day, entered, exited, (members += entered - exited)]
      })
  })
}

/** Every query of docs/queries.md, on generated data, against answers worked out without SQL. */
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { lakeOf, type Lake } from './lake.ts'
import { lastTouch, linear } from './queries/answers/attribution.ts'
import { repeatRate, rfm } from './queries/answers/buyers.ts'
import { growthOfSegments, shareOfDecisions } from './queries/answers/decisions.ts'
import { liftAgainstTheHoldout, resultOfAnExperiment } from './queries/answers/experiments.ts'
import { dailyActivePeople, funnel, paths, retentionByWeek } from './queries/answers/visits.ts'
import { named, orders, personOf, type Row } from './queries/facts.ts'
import { records } from './queries/shop.ts'

const ANSWERS: Readonly<Record<string, () => Row[]>> = {
  'Daily active people': dailyActivePeople,
  Funnel: funnel,
  'Retention by week': retentionByWeek,
  Paths: paths,
  'Last-touch attribution': lastTouch,
  'Linear attribution': linear,
  'Result of an experiment': resultOfAnExperiment,
  'Growth of segments': growthOfSegments,
  'Share of decisions': shareOfDecisions,
  'Lift against the holdout': liftAgainstTheHoldout,
  'Repeat rate': repeatRate,
  RFM: rfm,
}

const page = await readFile('docs/queries.md', 'utf8')
const blocks = [...page.matchAll(/^## (.+)\n(?:(?!^## )[^])*?```sql\n([^]*?)```/gm)].map(
  ([, heading, sql]) => [String(heading), String(sql)] as const,
)

let lake: Lake
beforeAll(async () => {
  lake = await lakeOf(records)
})
afterAll(() => lake?.close())

/** As DuckDB hands counts and decimals over: as text, so that none is rounded. */
const plain = (rows: readonly Row[]): Row[] =>
  rows.map((row) =>
    row.map((cell) =>
      typeof cell === 'string' && /^-?\d+(\.\d+)?$/.test(cell) ? Number(cell) : cell,
    ),
  )

test('every query has its answer here, and there are a dozen', () => {
  expect(blocks.map(([heading]) => heading)).toEqual(Object.keys(ANSWERS))
  expect(blocks).toHaveLength(12)
})

describe('docs/queries.md', () => {
  test.each(blocks)('%s', async (heading, sql) => {
    const expected = (ANSWERS[heading] as () => Row[])()
    expect(expected.length).toBeGreaterThan(0)
    expect(plain(await lake.query(sql))).toEqual(expected)
  })
})

test('the data has what makes the queries differ from naive ones', () => {
  const raw = records.filter(({ event }) => event === 'Order Completed').length
  expect(raw).toBeGreaterThan(orders.length + 5)
  expect(records.filter(({ late }) => late === true).length).toBeGreaterThan(3)
  expect(records.filter(({ preview }) => preview === true).length).toBeGreaterThan(3)
  const nameless = orders.filter(({ person }) => person === 'p61' || person === 'p62')
  expect(nameless.map(({ revenue }) => revenue).toSorted((a, b) => a - b)).toEqual([700, 900, 1100])
  expect(orders.filter(({ person }) => person === 'p60')).toMatchObject([{ campaigns: [] }])
  expect(named('$served')).toHaveLength(3)
  const moved = records.filter((one) => one.profileId === 'p06' && personOf(one) === 'p07')
  expect(moved.filter(({ event }) => event === '$impression')).not.toEqual([])
  expect(
    records.some((record) => record.profileId !== null && personOf(record) !== record.profileId),
  ).toBe(true)
})

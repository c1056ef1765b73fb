/** What came of it as a picture: SVG, light, to be read without its text. */
import * as vega from 'vega'
import { compile, type TopLevelSpec } from 'vega-lite'
import { spread } from './lives.ts'
import type { Played } from './run.ts'

/** Okabe and Ito's, which the colour-blind can tell apart. */
const COLOURS: Readonly<Record<string, string>> = {
  random: '#8a8a8a',
  priority: '#E69F00',
  'A/B': '#009E73',
  Thompson: '#0072B2',
  contextual: '#D55E00',
  oracle: '#000000',
}

const HEIGHT = 260
const LABEL_HEIGHT = 14

interface Row {
  readonly strategy: string
  readonly visitors: number
  readonly mean: number
  readonly least: number
  readonly most: number
}

/** By strategy and place on the curve, over lives. */
function rowsOf(
  played: readonly Played[],
  valueOf: (life: Played, at: number) => number,
  from: number,
): Row[] {
  return [...Map.groupBy(played, ({ strategy }) => strategy)].flatMap(([strategy, lives]) => {
    const [{ curve }] = lives as [Played]
    return curve.slice(from).map(({ decisions }, i) => ({
      strategy,
      visitors: decisions,
      ...spread(lives.map((life) => valueOf(life, from + i))),
    }))
  })
}

const regretAt = ({ curve }: Played, at: number): number => {
  const { oracle, expected } = curve[at] as Played['curve'][number]
  return oracle - expected
}

/** Of the visitors since the point before. */
const rateOf =
  (of: 'expected' | 'oracle') =>
  ({ curve }: Played, at: number): number => {
    const [before, now] = [curve[at - 1], curve[at]] as [
      Played['curve'][number],
      Played['curve'][number],
    ]
    return (100 * (now[of] - before[of])) / (now.decisions - before.decisions)
  }

interface Label extends Row {
  /** Where the name stands: at the line's end, or below a name that is there already. */
  readonly at: number
}

/** Each line's name, in an axis that begins with 0. */
function labelsOf(rows: readonly Row[]): Label[] {
  const gap = (Math.max(...rows.map(({ most }) => most)) * LABEL_HEIGHT) / HEIGHT
  const ends = [...Map.groupBy(rows, ({ strategy }) => strategy).values()].map(
    (line) => line.at(-1) as Row,
  )
  let lowest = Infinity
  return ends
    .toSorted((a, b) => b.mean - a.mean)
    .map((end) => {
      lowest = Math.min(end.mean, lowest - gap)
      return { ...end, at: lowest }
    })
}

function panel(title: string, values: readonly Row[]): object {
  const x = { field: 'visitors', type: 'quantitative', axis: { title: 'visitors', tickCount: 5 } }
  const color = {
    field: 'strategy',
    type: 'nominal',
    scale: { domain: Object.keys(COLOURS), range: Object.values(COLOURS) },
    legend: null,
  }
  return {
    title: { text: title, anchor: 'start', fontWeight: 'normal', fontSize: 13 },
    width: 360,
    height: HEIGHT,
    data: { values },
    encoding: { x, color },
    layer: [
      {
        mark: { type: 'area', opacity: 0.35 },
        encoding: {
          y: { field: 'least', type: 'quantitative', axis: { title: null, tickCount: 6 } },
          y2: { field: 'most' },
        },
      },
      {
        mark: { type: 'line', strokeWidth: 1.8 },
        encoding: { y: { field: 'mean', type: 'quantitative' } },
      },
      {
        data: { values: labelsOf(values) },
        mark: { type: 'text', align: 'left', dx: 5, fontSize: 12, clip: false },
        encoding: {
          y: { field: 'at', type: 'quantitative' },
          text: { field: 'strategy', type: 'nominal' },
        },
      },
    ],
  }
}

/** Fewer digits than vega writes: nobody sees thousandths of a pixel. */
const rounded = (svg: string): string =>
  svg.replaceAll(/-?\d+\.\d{2,}/g, (digits) => String(Number(Number(digits).toFixed(1))))

export async function plot(played: readonly Played[]): Promise<string> {
  const [first] = played
  const own = played.filter(({ strategy }) => strategy === first?.strategy)
  const oracle = own.map((life) => ({ ...life, strategy: 'oracle' }))
  const spec = {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    description: 'Orders of 100 visitors and regret against the oracle, as visitors pass',
    background: 'white',
    padding: 12,
    config: {
      font: 'system-ui, sans-serif',
      view: { stroke: null },
      axis: { gridColor: '#eee', titleFontWeight: 'normal' },
    },
    hconcat: [
      panel('Orders of 100 visitors', [
        ...rowsOf(played, rateOf('expected'), 1),
        ...rowsOf(oracle, rateOf('oracle'), 1),
      ]),
      panel('Regret: orders that the oracle would have had more', rowsOf(played, regretAt, 0)),
    ],
  } as unknown as TopLevelSpec
  const view = new vega.View(vega.parse(compile(spec).spec), { renderer: 'none' })
  return `${rounded(await view.toSVG())}\n`
}

/** What came of it in words and figures. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { decisionsIn, summaries, type Spread, type Wish } from './lives.ts'
import { plot } from './plot.ts'
import type { Played } from './run.ts'

const DOCS = join(import.meta.dirname, '../../docs')
const PAGE = join(DOCS, 'simulation.md')
const PICTURE = join(DOCS, 'simulation.svg')
const BEGIN = '<!-- figures: npm run simulate -- --write -->'
const END = '<!-- /figures -->'

const figure = (n: number, digits: number): string =>
  n.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })

const told = ({ mean, least, most }: Spread, digits: number): string =>
  least === most
    ? figure(mean, digits)
    : `${figure(mean, digits)} (${figure(least, digits)}–${figure(most, digits)})`

export function text(wish: Wish, played: readonly Played[]): string {
  const { seed, lives, visitors } = wish
  const rows = summaries(played).map(({ strategy, orders, ordersLate, regret }) => [
    strategy,
    told(orders, 2),
    told(ordersLate, 2),
    told(regret, 0),
  ])
  return [
    `${figure(decisionsIn(wish), 0)} decisions: ${lives === 1 ? 'one population' : `${lives} populations`} of ${figure(visitors, 0)} visitors, seed "${seed}".${lives === 1 ? '' : ' The mean over populations, and the least and the most of them.'}`,
    '',
    '| | orders of 100 visitors | of the last fifth of them | regret, in orders |',
    '|---|--:|--:|--:|',
    ...rows.map((cells) => `| ${cells.join(' | ')} |`),
  ].join('\n')
}

/** Keeps picture and figures in docs/. */
export async function keep(wish: Wish, played: readonly Played[]): Promise<readonly string[]> {
  const page = await readFile(PAGE, 'utf8')
  const begin = page.indexOf(BEGIN)
  const end = page.indexOf(END)
  if (begin === -1 || end < begin)
    throw new Error(`docs/simulation.md has lost its marks: ${BEGIN}`)
  const figures = text(wish, played)
  await writeFile(PICTURE, await plot(played))
  await writeFile(
    PAGE,
    `${page.slice(0, begin + BEGIN.length)}\n\n${figures}\n\n${page.slice(end)}`,
  )
  return [PAGE, PICTURE]
}

/** Keeps the figures of a run in bench/README.md, between two marks. */
import { readFile, writeFile } from 'node:fs/promises'
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os'
import { join } from 'node:path'
import { number, tableOf, type Row } from './row.ts'

const README = join(import.meta.dirname, '../README.md')
const BEGIN = '<!-- figures: npm run bench -- --write -->'
const END = '<!-- /figures -->'

export async function writeReadme(rows: readonly Row[], notes: readonly string[]): Promise<void> {
  const text = await readFile(README, 'utf8')
  const begin = text.indexOf(BEGIN)
  const end = text.indexOf(END)
  if (begin === -1 || end < begin) throw new Error(`bench/README.md has lost its marks: ${BEGIN}`)
  const figures = [machine(), tableOf(rows), ...notes].join('\n\n')
  await writeFile(
    README,
    `${text.slice(0, begin + BEGIN.length)}\n\n${figures}\n\n${text.slice(end)}`,
  )
}

function machine(): string {
  const [cpu] = cpus()
  const gigabytes = totalmem() / 2 ** 30
  // A machine that does other things too is told by its load.
  const [, load = 0] = loadavg()
  return (
    `Measured on ${new Date().toISOString().slice(0, 10)}: ${cpu?.model ?? 'unknown CPU'}, ` +
    `${availableParallelism()} cores, ${number(gigabytes)} GB, ${process.platform} ${process.arch}, ` +
    `Node ${process.versions.node}, load average over the last five minutes ${number(load, 1)}.`
  )
}

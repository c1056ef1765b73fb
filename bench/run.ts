/** `npm run bench`: every benchmark, or those named; `--write` keeps the figures in bench/README.md. */
import { parseArgs } from 'node:util'
import { batchHttpBench } from './batch-http.ts'
import { capacityBench } from './capacity.ts'
import { decideBench } from './decide.ts'
import { decideFormulaBench } from './decide-formula.ts'
import { decideHttpBench } from './decide-http.ts'
import { drainBench } from './drain.ts'
import { writeReadme } from './harness/readme.ts'
import { tableOf, type Bench, type Report } from './harness/row.ts'
import { hotProfileBench } from './hot-profile.ts'
import { fullProfileBench } from './full-profile.ts'
import { ingestBench } from './ingest.ts'
import { parquetBench } from './parquet.ts'
import { segmentsBench } from './segments.ts'
import { sizeBench } from './size.ts'

/** In this order: what runs in this process comes while its JIT knows nothing else. */
const BENCHES: Readonly<Record<string, Bench>> = {
  segments: segmentsBench,
  decide: decideBench,
  'decide-formula': decideFormulaBench,
  'full-profile': fullProfileBench,
  parquet: parquetBench,
  drain: drainBench,
  'decide-http': decideHttpBench,
  'batch-http': batchHttpBench,
  ingest: ingestBench,
  'hot-profile': hotProfileBench,
  size: sizeBench,
  capacity: capacityBench,
}

const HELP = `npm run bench [-- <name>…] [-- --write]

Each is a ratio against a floor or a peer measured in the same run.

${Object.entries(BENCHES)
  .map(([name, { about }]) => `  ${name.padEnd(12)} ${about}`)
  .join('\n')}

  --write      all of them, and keep the figures in bench/README.md
  --help       this
`

function askedFor(): { names: readonly string[]; write: boolean } | null {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { write: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
  })
  if (values.help === true) return null
  const unknown = positionals.find((name) => !Object.hasOwn(BENCHES, name))
  if (unknown !== undefined) throw new Error(`no benchmark is called "${unknown}"`)
  const write = values.write === true
  if (write && positionals.length > 0) throw new Error('--write keeps all benchmarks, not some')
  return { names: positionals.length > 0 ? positionals : Object.keys(BENCHES), write }
}

async function main(): Promise<void> {
  const asked = askedFor()
  if (asked === null) {
    process.stdout.write(HELP)
    return
  }
  const reports: Report[] = []
  for (const name of asked.names) {
    process.stderr.write(`${name} …\n`)
    const report = await (BENCHES[name] as Bench).run()
    // Each at once: one that fails later must not take it along.
    const table = report.rows.length === 0 ? [] : [tableOf(report.rows)]
    console.log(`${[...table, ...report.notes].join('\n\n')}\n`)
    reports.push(report)
  }
  if (!asked.write) return
  await writeReadme(
    reports.flatMap((report) => report.rows),
    reports.flatMap((report) => report.notes),
  )
}

try {
  await main()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  for (let why: unknown = error; why instanceof Error && why.cause; why = why.cause) {
    console.error(why.cause)
  }
  console.error('npm run bench -- --help tells more')
  process.exitCode = 1
}

/**
 * `npm run checks`: all that can be said of the code without running its tests.
 * Each check runs whatever the others found, so that one run tells everything.
 */
import { spawnSync } from 'node:child_process'
import { ROOT } from './build/root.ts'

const CHECKS: readonly (readonly [name: string, command: string])[] = [
  ['format', 'npm run --silent format:check'],
  ['lint', 'npm run --silent lint'],
  ['types', 'npm run --silent types'],
  ['dead code', 'npm run --silent knip'],
  ['build', 'npm run --silent build'],
  ['size', 'npm run --silent size'],
  ['deploy to staging, dry', 'npm run --silent deploy -- --env staging --dry-run'],
  ['deploy to production, dry', 'npm run --silent deploy -- --env production --dry-run'],
]

const results = CHECKS.map(([name, command]) => {
  console.log(`\n── ${name}: ${command}`)
  const startedMs = performance.now()
  const { status } = spawnSync(command, { cwd: ROOT, shell: true, stdio: 'inherit' })
  return { name, passed: status === 0, seconds: (performance.now() - startedMs) / 1000 }
})

console.log('')
for (const { name, passed, seconds } of results) {
  console.log(`${passed ? 'passed' : 'FAILED'}  ${seconds.toFixed(1).padStart(5)} s  ${name}`)
}
process.exitCode = results.every(({ passed }) => passed) ? 0 : 1

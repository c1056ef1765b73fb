/** Brings what is missing, where that is ours to do; never goes on without it. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { ROOT } from '../build/root.ts'
import { findProgram, missingPackages } from './find.ts'
import type { SystemPackage } from './packages.ts'

/** The one command that brings them all on this machine. */
export function installCommand(missing: readonly SystemPackage[], ubuntu: boolean): string {
  const special = ubuntu ? missing.flatMap(({ ubuntu: command }) => command ?? []) : []
  const plain = missing.filter((wanted) => !ubuntu || wanted.ubuntu === undefined)
  const apt =
    plain.length === 0
      ? []
      : [
          'apt-get update',
          `DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends ${plain.map(({ debian }) => debian).join(' ')}`,
        ]
  return [...apt, ...special].join(' && ')
}

/** Whether tests may go on. Installs as root where apt-get is; else says what to run. */
export function ensureSystemPackages(): boolean {
  const missing = missingPackages()
  if (missing.length === 0) return true
  for (const { debian, why } of missing) console.error(`Missing: ${debian} (${why}).`)
  const command = installCommand(missing, isUbuntu())
  if (process.getuid?.() !== 0 || findProgram(['apt-get']) === null) {
    console.error(`Run this, then try again:\n\n  sudo sh -c '${command}'\n`)
    return false
  }
  console.error(`Installing: ${command}`)
  const { status } = spawnSync('sh', ['-c', command], { cwd: ROOT, stdio: 'inherit' })
  const still = missingPackages()
  if (status === 0 && still.length === 0) return true
  console.error(`Still missing: ${still.map(({ debian }) => debian).join(', ')} (exit ${status}).`)
  return false
}

function isUbuntu(): boolean {
  try {
    return /^ID=ubuntu$/m.test(readFileSync('/etc/os-release', 'utf8'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
}

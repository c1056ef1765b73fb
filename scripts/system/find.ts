import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { chromium } from 'playwright-core'
import { SYSTEM_PACKAGES, type SystemPackage } from './packages.ts'

/** Full path of the first program found; null where there is none. */
export function findProgram(programs: readonly string[]): string | null {
  for (const program of programs) {
    for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
      const path = join(folder, program)
      if (isExecutable(path)) return path
    }
  }
  return null
}

/** The Chromium for browser tests: CHROMIUM_PATH, the machine's, or playwright's own. */
export function findChromium(): string | null {
  const told = process.env['CHROMIUM_PATH']
  if (told) return told
  const [{ programs }] = SYSTEM_PACKAGES as [SystemPackage]
  const own = chromium.executablePath()
  return findProgram(programs) ?? (existsSync(own) ? own : null)
}

export function missingPackages(): readonly SystemPackage[] {
  return SYSTEM_PACKAGES.filter((wanted) =>
    wanted.debian === 'chromium' ? findChromium() === null : findProgram(wanted.programs) === null,
  )
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

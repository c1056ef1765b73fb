import { accessSync, constants, existsSync, readdirSync, realpathSync, statSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
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

/** Where Debian and its kin put PostgreSQL's programs, one folder a version. */
const POSTGRES_FOLDER = '/usr/lib/postgresql'

/** The folder of initdb and postgres: the newest of the machine's, or what the PATH leads to. */
export function findPostgres(): string | null {
  const versions = existsSync(POSTGRES_FOLDER) ? readdirSync(POSTGRES_FOLDER) : []
  const folders = versions
    .toSorted((a, b) => Number(b) - Number(a))
    .map((version) => join(POSTGRES_FOLDER, version, 'bin'))
  const whole = folders.find((folder) =>
    ['initdb', 'postgres'].every((program) => isExecutable(join(folder, program))),
  )
  if (whole !== undefined) return whole
  const onPath = findProgram(['initdb'])
  return onPath === null ? null : dirname(realpathSync(onPath))
}

/** How those are found that are not simply on the PATH. */
const FINDERS: Readonly<Record<string, () => string | null>> = {
  chromium: findChromium,
  postgresql: findPostgres,
}

export function missingPackages(): readonly SystemPackage[] {
  return SYSTEM_PACKAGES.filter(
    ({ debian, programs }) => (FINDERS[debian] ?? (() => findProgram(programs)))() === null,
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

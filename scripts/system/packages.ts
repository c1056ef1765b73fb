/** What tests need of the machine besides npm's packages. */
export interface SystemPackage {
  /** Any of these on the PATH will do. */
  readonly programs: readonly string[]
  /** The Debian package that brings one. */
  readonly debian: string
  /** Run as root instead, where that package is no real one. */
  readonly ubuntu?: string
  readonly why: string
}

export const SYSTEM_PACKAGES: readonly SystemPackage[] = [
  {
    programs: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'],
    debian: 'chromium',
    // Ubuntu's own package only points at a snap, which containers cannot run.
    ubuntu: 'node_modules/.bin/playwright-core install --with-deps chromium',
    why: 'the browser tests run in it',
  },
  {
    programs: ['redis-server'],
    debian: 'redis-server',
    why: 'the tests of the Redis store run against it, and npm start -- --store redis',
  },
  {
    // Debian keeps them off the PATH: find.ts looks where it puts them.
    programs: ['initdb'],
    debian: 'postgresql',
    why: "the tests of the warehouse's PostgreSQL sink load into it",
  },
]

import { join } from 'node:path'
import { expect, test } from 'vitest'
import { installCommand } from '../../scripts/system/install.ts'
import { SYSTEM_PACKAGES } from '../../scripts/system/packages.ts'
import { runNode } from '../support/program.ts'

const ROOT = join(import.meta.dirname, '../..')

test('on Debian one command brings them all', () => {
  expect(installCommand(SYSTEM_PACKAGES, false)).toBe(
    'apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends chromium redis-server postgresql',
  )
})

test('on Ubuntu, whose chromium is a snap, playwright brings it', () => {
  expect(installCommand(SYSTEM_PACKAGES, true)).toBe(
    'apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends redis-server postgresql && node_modules/.bin/playwright-core install --with-deps chromium',
  )
  const chromium = SYSTEM_PACKAGES.filter(({ debian }) => debian === 'chromium')
  expect(installCommand(chromium, true)).not.toContain('apt-get')
})

test('without what it needs and without apt-get, npm test says what to run, fails, and runs no test', async () => {
  const { code, out, err } = await runNode(join(ROOT, 'scripts/test.ts'), [], {
    cwd: ROOT,
    env: { PATH: '/nonexistent', HOME: '/nonexistent' },
  })
  expect(err).toContain('Missing: chromium (the browser tests run in it).')
  expect(err).toContain('Missing: redis-server (')
  expect(err).toContain("sudo sh -c 'apt-get update && ")
  expect(out).toBe('')
  expect(code).toBe(1)
})

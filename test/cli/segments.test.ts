/** The verbs about segments, against a real worker. */
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startLocalWorker, type LocalWorker } from '../../scripts/local-worker.ts'

const ROOT = join(import.meta.dirname, '../..')
const TOKEN = 'at_for_this_test'

let folder: string
let worker: LocalWorker

async function tsugi(
  args: readonly string[],
): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, [join(ROOT, 'cli/tsugi.ts'), ...args], {
    env: { ...process.env, TSUGI_URL: worker.url, TSUGI_TOKEN: TOKEN },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let out = ''
  let err = ''
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  return { code, out, err }
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tsugi-segments-'))
  worker = await startLocalWorker({
    stateFolder: join(folder, 'state'),
    vars: { TSUGI_DEMO: '1', ADMIN_TOKEN: TOKEN, SIGNING_KEY: 'k'.repeat(43) },
  })
  const published = await tsugi(['publish', join(ROOT, 'demo/tsugi.json')])
  expect(published.code).toBe(0)
  const batch = Array.from({ length: 40 }, (_, i) => ({
    type: 'track',
    event: 'Product Viewed',
    anonymousId: `visitor-${i}`,
    messageId: `m-${i}`,
  }))
  const sent = await fetch(`${worker.url}/v1/batch`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa('sk_demo:')}`, 'content-type': 'application/json' },
    body: JSON.stringify({ batch }),
  })
  expect(await sent.json()).toMatchObject({ accepted: 40 })
})
afterAll(async () => {
  await worker.stop()
  await rm(folder, { recursive: true })
})

test('resegment walks through everybody, and goes on from anywhere', async () => {
  const all = await tsugi(['resegment', '--batch', '7', '--repair'])
  expect(all).toMatchObject({ code: 0 })
  expect(all.out).toBe('40 people, 40 written: 0 entries, 0 exits.\n')
  expect(all.err).toContain('Everybody is evaluated.')
  const nobody = await tsugi(['resegment', '--from', 'ffffffff'])
  expect(nobody.out).toBe('0 people, 0 written: 0 entries, 0 exits.\n')
  expect((await tsugi(['resegment', '--batch', '0'])).code).toBe(2)
})

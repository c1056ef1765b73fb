/** What tests of crashes stand on: a killed worker is gone, and its data is not. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startWorkerProcess, type WorkerProcess } from '../../scripts/local-worker/process.ts'

let stateFolder: string
const started: WorkerProcess[] = []
const VARS = { TSUGI_DEMO: '1', ADMIN_TOKEN: 'at_test', SIGNING_KEY: 'k'.repeat(43) }

beforeEach(async () => {
  stateFolder = await mkdtemp(join(tmpdir(), 'tsugi-local-'))
})
afterEach(async () => {
  for (const worker of started.splice(0)) await worker.stop()
  await rm(stateFolder, { recursive: true })
})

async function start(port = 0): Promise<WorkerProcess> {
  const worker = await startWorkerProcess({ stateFolder, port, vars: VARS })
  started.push(worker)
  return worker
}

/** A zombie has ended: only its parent, in a container often nobody, has not asked yet. */
const isRunning = (pid: string | undefined): boolean => {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' })
  return stdout.trim() !== '' && !stdout.startsWith('Z')
}
const childrenOf = (pid: number): string[] =>
  execFileSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' })
    .trim()
    .split(/\s+/)

const releases = async (url: string): Promise<unknown[]> => {
  const response = await fetch(`${url}/admin/v1/releases`, {
    headers: { authorization: 'Bearer at_test' },
  })
  return ((await response.json()) as { releases: unknown[] }).releases
}

test('SIGKILL ends workerd too, frees the port, and loses nothing that was answered', async () => {
  const first = await start()
  const configuration = {
    workspace: { name: 'Kill' },
    sources: [{ key: 'web', name: 'Web', writeKey: 'wk_kill' }],
  }
  const admin = (method: string, path: string, body: object): Promise<Response> =>
    fetch(`${first.url}/admin/v1/${path}`, {
      method,
      headers: { authorization: 'Bearer at_test', 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  expect((await admin('PUT', 'configuration', configuration)).status).toBe(200)
  expect((await admin('POST', 'releases', {})).status).toBe(201)
  const [workerd] = childrenOf(first.pid)

  expect(isRunning(workerd)).toBe(true)

  await first.kill()
  expect(isRunning(workerd)).toBe(false)
  await expect(fetch(first.url)).rejects.toThrow('fetch failed')

  const second = await start(first.port)
  expect(second.url).toBe(first.url)
  expect(await releases(second.url)).toHaveLength(1)
})

test('the scheduled handler runs on demand', async () => {
  const lines: string[] = []
  const worker = await startWorkerProcess({ stateFolder, vars: VARS }, ({ message }) => {
    lines.push(message)
  })
  started.push(worker)
  await worker.runScheduled()
  expect(lines.filter((line) => line.includes('"job":"drain"'))).toHaveLength(1)
})

test('two on one state folder, or on one port, are refused with a reason', async () => {
  const worker = await start()
  await expect(start()).rejects.toThrow(`Another Tsugi uses the state folder ${stateFolder}.`)
  const elsewhere = await mkdtemp(join(tmpdir(), 'tsugi-local-'))
  try {
    await expect(
      startWorkerProcess({ stateFolder: elsewhere, port: worker.port, vars: VARS }),
    ).rejects.toThrow(`Port ${worker.port} is taken.`)
  } finally {
    await rm(elsewhere, { recursive: true })
  }
})

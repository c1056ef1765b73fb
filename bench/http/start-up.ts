/** How long workerd takes from its start to a first answer of a given script. */
import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { cpuMicrosOf } from './cpu.ts'

export interface StartUp {
  readonly wallMs: number
  /** 0 where the system does not tell. */
  readonly cpuMs: number
}

export interface Script {
  /** Of an ES module without imports of its own files. */
  readonly path: string
  readonly compatibilityDate: string
  readonly vars: Readonly<Record<string, string>>
}

/** Starts it `times` times, each in a workerd of its own that is ended afterwards. */
export async function starter(script: Script): Promise<{
  start(): Promise<StartUp>
  remove(): Promise<void>
}> {
  const folder = await mkdtemp(join(tmpdir(), 'tsugi-bench-start-'))
  const config = join(folder, 'config.capnp')
  await writeFile(config, capnp(script))
  return {
    start: () => startOnce(config, dirname(script.path)),
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

const capnp = ({ path, compatibilityDate, vars }: Script): string => `
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .worker)],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")]
);
const worker :Workerd.Worker = (
  modules = [(name = "index.js", esModule = embed "/${basename(path)}")],
  compatibilityDate = ${JSON.stringify(compatibilityDate)},
  bindings = [${Object.entries(vars)
    .map(([name, text]) => `(name = ${JSON.stringify(name)}, text = ${JSON.stringify(text)})`)
    .join(', ')}]
);
`

async function startOnce(config: string, importPath: string): Promise<StartUp> {
  const requireOfMiniflare = createRequire(import.meta.resolve('miniflare'))
  const { default: workerd } = requireOfMiniflare('workerd') as { default: string }
  const startMs = performance.now()
  const child = spawn(workerd, ['serve', '--control-fd=3', '-I', importPath, config], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  })
  try {
    const port = await portOf(child.stdio[3] as Readable, child.once.bind(child))
    const response = await fetch(`http://127.0.0.1:${port}/healthz`)
    if (!response.ok) throw new Error(`/healthz: ${response.status} ${await response.text()}`)
    await response.arrayBuffer()
    const wallMs = performance.now() - startMs
    return { wallMs, cpuMs: cpuMicrosOf(child.pid as number) / 1000 }
  } finally {
    child.kill('SIGKILL')
  }
}

/** workerd tells on its control pipe where it listens. */
const portOf = (
  pipe: Readable,
  once: (event: 'exit', hear: (code: number | null) => void) => unknown,
): Promise<number> =>
  new Promise((resolve, reject) => {
    let told = ''
    pipe.on('data', (chunk: Buffer) => {
      told += chunk.toString()
      const port = /"port":(\d+)/.exec(told)?.[1]
      if (port !== undefined) resolve(Number(port))
    })
    once('exit', (code) => reject(new Error(`workerd ended with ${code} before it listened`)))
  })

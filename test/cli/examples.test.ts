/** Every example of every verb's --help works as it stands, in the checkout of a stranger who ran `npm start`. */
import { mkdtemp, readdir, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Command } from 'commander'
import { expect, test } from 'vitest'
import { runProgram } from '../support/program.ts'
import { freePort, start, stateFolder } from './npm-start.ts'
import { ROOT, TSUGI } from './tsugi.ts'

/** What only the reader's own numbers make an example. */
const THEIRS = /d1Qx|0192f0c4|https:\/\/tsugi\.example\.com/
/** They do what they say, which with nothing seen yet is to say so. */
const NOTHING_YET = /^npm run tsugi -- estimate /

const shell = async (line: string, cwd: string, environment: Record<string, string>) => {
  const env = { ...process.env, ...environment }
  const { code, out, err } = await runProgram('/bin/sh', ['-c', line], { cwd, env })
  return { code, text: out + err }
}

/** Of each verb, from its own help. */
async function examplesOfAll(): Promise<string[]> {
  const files = await readdir(join(ROOT, 'cli/verbs'))
  const all = await Promise.all(
    files.map(async (file) => {
      const name = file
        .replace(/\.ts$/, '')
        .replaceAll(/-(\w)/g, (_, first: string) => first.toUpperCase())
      const module = (await import(/* @vite-ignore */ `../../cli/verbs/${file}`)) as Record<
        string,
        () => Command
      >
      let text = ''
      const verb = module[name] as () => Command
      verb()
        .configureOutput({ writeOut: (part) => void (text += part) })
        .outputHelp()
      const own = text.match(/^ {2}npm run .*$/gm) ?? []
      expect(own.length, file).toBeGreaterThan(0)
      return own.map((line) => line.trim())
    }),
  )
  return all.flat()
}

test('the examples of --help', { timeout: 600_000 }, async () => {
  const PORT = await freePort()
  const run = start({ PORT })
  await run.until('Ctrl-C ends.')
  // What an example writes is not left in the repository.
  const folder = await mkdtemp(join(tmpdir(), 'tsugi-examples-'))
  for (const name of ['docs', 'demo']) await symlink(join(ROOT, name), join(folder, name))
  const cli = `"${process.execPath}" "${TSUGI}"`
  const environment = { PORT, TSUGI_STATE: stateFolder() }
  const ask = (line: string) =>
    shell(
      line
        .replace(/npm run (?:-s )?tsugi --|npm run -s tsugi/, cli)
        .replaceAll('127.0.0.1:8788', `127.0.0.1:${Number(PORT) + 1}`)
        .replace(/tail$/, 'tail --no-follow'),
      folder,
      environment,
    )
  try {
    const batch = ['kei', 'yui'].flatMap((userId) => [
      { type: 'identify', userId, traits: { email: `${userId}@example.com` } },
      { type: 'track', userId, event: 'Product Viewed', properties: { product_id: 'p1' } },
    ])
    const sent = await fetch(`http://127.0.0.1:${PORT}/v1/batch`, {
      method: 'POST',
      headers: { authorization: 'Bearer sk_demo' },
      body: JSON.stringify({ batch }),
    })
    expect(sent.status).toBe(200)
    await run.until('"batches":1,')

    const examples = (await examplesOfAll()).filter((line) => !THEIRS.test(line))
    expect(examples.length).toBeGreaterThan(30)
    const failed: string[] = []
    for (const example of examples) {
      const { code, text } = await ask(example)
      const nothing =
        NOTHING_YET.test(example) && /Nothing to go by|nothing|no decision/i.test(text)
      if (code !== 0 && !nothing) failed.push(`${example}\n${text}`)
    }
    expect(failed).toEqual([])
  } finally {
    await rm(folder, { recursive: true })
  }
})

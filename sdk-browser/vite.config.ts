/** The browser SDK into dist/sdk: a script, a module, their types and their hashes. */
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { defineConfig, type Plugin } from 'vite'

const HERE = import.meta.dirname
const { version } = JSON.parse(readFileSync(join(HERE, '../package.json'), 'utf8')) as {
  version: string
}
const api = readFileSync(join(HERE, 'api.ts'), 'utf8')

/** The API is written as declarations already; what remains to say is where it is found. */
const types = (): Plugin => ({
  name: 'tsugi:types',
  generateBundle({ format }) {
    this.emitFile(
      format === 'es'
        ? {
            type: 'asset',
            fileName: 'tsugi.d.mts',
            source: `${api}\ndeclare const tsugi: Tsugi\nexport default tsugi\n`,
          }
        : {
            type: 'asset',
            fileName: 'tsugi.d.ts',
            source: `${api}\ndeclare global {\n  interface Window {\n    tsugi: Tsugi\n  }\n  const tsugi: Tsugi\n}\n`,
          },
    )
  },
})

/** integrity.json: { "tsugi.js": "sha384-…" }, for the `integrity` attribute. */
const integrity = (): Plugin => {
  const hashes: Record<string, string> = {}
  return {
    name: 'tsugi:integrity',
    writeBundle({ dir }, bundle) {
      for (const file of Object.values(bundle)) {
        if (file.type !== 'chunk') continue
        const digest = createHash('sha384').update(file.code).digest('base64')
        hashes[file.fileName] = `sha384-${digest}`
      }
      writeFileSync(join(dir ?? '', 'integrity.json'), `${JSON.stringify(hashes, null, 2)}\n`)
    },
  }
}

/** `--mode preview` builds what previews load, beside the SDK. */
export default defineConfig(({ mode }) => {
  const previews = mode === 'preview'
  return {
    root: HERE,
    publicDir: false,
    define: { __VERSION__: JSON.stringify(version) },
    plugins: previews ? [] : [types(), integrity()],
    build: {
      outDir: join(HERE, '../dist/sdk'),
      emptyOutDir: !previews,
      modulePreload: false,
      rolldownOptions: {
        input: join(HERE, previews ? 'preview.ts' : 'tsugi.ts'),
        preserveEntrySignatures: 'strict',
        output: previews
          ? [{ format: 'es', entryFileNames: 'preview.mjs' }]
          : [
              { format: 'iife', name: 'tsugi', exports: 'default', entryFileNames: 'tsugi.js' },
              { format: 'es', entryFileNames: 'tsugi.mjs' },
            ],
      },
    },
  }
})

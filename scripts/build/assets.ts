/** dist/assets: the files that the worker's host serves itself, laid out by their URLs. */
import { cp, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ROOT } from './root.ts'

/**
 * The SDK keeps one address for good, so a browser may keep it for five minutes
 * only; a page that pins it by integrity must be able to read it (CORS).
 */
const HEADERS = `/sdk/*
  Access-Control-Allow-Origin: *
  Cross-Origin-Resource-Policy: cross-origin
  X-Content-Type-Options: nosniff
  Cache-Control: public, max-age=300, stale-while-revalidate=86400
`

/** dist/sdk becomes /sdk/. */
export async function buildAssets(): Promise<void> {
  const assets = join(ROOT, 'dist/assets')
  await rm(assets, { recursive: true, force: true })
  await mkdir(assets, { recursive: true })
  await cp(join(ROOT, 'dist/sdk'), join(assets, 'sdk'), { recursive: true })
  await writeFile(join(assets, '_headers'), HEADERS)
}
